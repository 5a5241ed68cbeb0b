// What every screen needs: the template language, the JSON API, AWS calls, data that refreshes, links without a reload.

import { html, useEffect, useState } from './vendor/preact.js'

export { html, useEffect, useState }
export { render, useMemo, useRef } from './vendor/preact.js'

export const ROOT = '/_cloudchamber/'

export async function api(path, { method = 'GET', body } = {}) {
  const answer = await fetch(`${ROOT}api/${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) })
  const value = await answer.json()
  if (!answer.ok) throw new Error([value.error, value.hint].filter(Boolean).join(' — '))
  return value
}

// An AWS operation as the root user of a resource's account, in its region.
export async function aws(operation, input = {}, place = {}) {
  const query = new URLSearchParams({ account: place.account || '000000000000', region: place.region || 'us-east-1' })
  const answer = await api(`call/${operation.replace(':', '/')}?${query}`, { method: 'POST', body: input })
  if (answer.error) throw Object.assign(new Error(`${answer.error.code}: ${answer.error.message}`), answer.error)
  return answer.output
}

// {value, error, again}: what `load` gives, now, when `deps` change, and every `seconds`.
export function useData(load, deps = [], seconds = 0) {
  const [state, set] = useState({ value: null, error: null })
  const [turn, again] = useState(0)
  useEffect(() => {
    let live = true
    const run = () => load().then(value => live && set({ value, error: null }), error => live && set(old => ({ value: old.value, error })))
    run()
    const timer = seconds ? setInterval(run, seconds * 1000) : null
    return () => { live = false; clearInterval(timer) }
  }, [...deps, turn])
  return { ...state, again: () => again(n => n + 1) }
}

export function go(path) {
  history.pushState(null, '', ROOT + path)
  dispatchEvent(new PopStateEvent('popstate'))
  scrollTo(0, 0)
}

export const here = () => decodeURI(location.pathname).replace(/^\/_cloudchamber\/?/, '')
export const query = () => Object.fromEntries(new URLSearchParams(location.search))

export function Link({ to, children, ...more }) {
  const follow = event => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    go(to)
  }
  return html`<a href=${ROOT + to} onClick=${follow} ...${more}>${children}</a>`
}

export function Table({ heads, rows, empty = 'Nothing here.' }) {
  if (!rows) return html`<p class="quiet">…</p>`
  if (!rows.length) return html`<p class="quiet">${empty}</p>`
  const name = head => (Array.isArray(head) ? head : [head, ''])
  return html`<div class="scroll"><table>
    <thead><tr>${heads.map(head => html`<th class=${name(head)[1]} scope="col">${name(head)[0]}</th>`)}</tr></thead>
    <tbody>${rows.map(row => html`<tr>${row.map((cell, at) => html`<td class=${name(heads[at])[1]}>${cell}</td>`)}</tr>`)}</tbody>
  </table></div>`
}

export function Pager({ offset, limit, total, onMove }) {
  return html`<div class="row"><button disabled=${offset <= 0} onClick=${() => onMove(Math.max(0, offset - limit))}>Newer</button>
    <button disabled=${offset + limit >= total} onClick=${() => onMove(offset + limit)}>Older</button>
    <span class="quiet">${total ? `${offset + 1}–${Math.min(offset + limit, total)} of ${total}` : 'none'}</span></div>`
}

export const Json = ({ value }) => html`<pre tabindex="0">${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}</pre>`
export const Failure = ({ error }) => error && html`<p class="note bad" role="alert">${error.message}</p>`
export const Command = ({ text }) => html`<p class="quiet"><code>${text}</code></p>`

// A form whose fields are handed to `onSubmit` by name; what goes wrong is said below it.
export function Form({ onSubmit, children, label = 'Do it' }) {
  const [error, setError] = useState(null)
  const submit = async event => {
    event.preventDefault()
    setError(null)
    try { await onSubmit(Object.fromEntries(new FormData(event.target)), event.target) } catch (failure) { setError(failure) }
  }
  return html`<form onSubmit=${submit}>${children}<button class="main">${label}</button></form><${Failure} error=${error} />`
}

export const text64 = data => { try { return new TextDecoder().decode(Uint8Array.from(atob(data || ''), c => c.charCodeAt(0))) } catch { return data } }
export const when = at => at ? new Date(typeof at === 'number' ? at * 1000 : at).toISOString().replace('T', ' ').slice(0, 19) : ''
export const short = arn => arn.startsWith('arn:') ? arn.split(':').slice(5).join(':') : arn
