// What screens are put together from: links, tables, pages, forms, documents, and what stands below each screen.

import { API, ROOT, count, go, html, useState } from './lib.js'

export function Link({ to, children, ...more }) {
  const follow = event => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    go(to)
  }
  return html`<a href=${ROOT + to} onClick=${follow} ...${more}>${children}</a>`
}

// `heads` are texts or [text, class]: `n` for numbers, `t` for times, `main` for what names the row on a phone.
export function Table({ heads, rows, empty = 'Nothing here.', chosen = -1 }) {
  if (!rows) return html`<p class="quiet waiting">…</p>`
  if (!rows.length) return html`<p class="quiet">${empty}</p>`
  const [texts, kinds] = [0, 1].map(at => heads.map(head => (Array.isArray(head) ? head : [head, ''])[at]))
  return html`<div class="scroll"><table class="stack">
    <thead><tr>${texts.map((text, at) => html`<th class=${kinds[at]} scope="col">${text}</th>`)}</tr></thead>
    <tbody>${rows.map((row, number) => html`<tr class=${number === chosen ? 'chosen' : ''}>
      ${row.map((cell, at) => html`<td class=${kinds[at]} data-head=${texts[at]}>${cell}</td>`)}</tr>`)}</tbody>
  </table></div>`
}

// `total` may be unknown: then `more` says whether there is another page.
export function Pager({ offset, limit, shown, total, more, onMove }) {
  const isLast = total === undefined ? !more : offset + limit >= total
  if (!offset && isLast) return null
  const range = shown ? `${count(offset + 1)}–${count(offset + shown)}` : 'none'
  return html`<div class="row middle">
    <button disabled=${offset <= 0} onClick=${() => onMove(Math.max(0, offset - limit))}>Previous</button>
    <button disabled=${isLast} onClick=${() => onMove(offset + limit)}>Next</button>
    <span class="quiet">${range}${total !== undefined && ` of ${count(total)}`}</span></div>`
}

// The same where each page brings what the next is asked with: `gone` holds that of each page since the first.
export function Turns({ gone, next, onMove }) {
  return html`<div class="row">
    <button disabled=${!gone.length} onClick=${() => onMove(gone.slice(0, -1))}>Previous</button>
    <button disabled=${!next} onClick=${() => onMove([...gone, next])}>Next</button></div>`
}

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g
const COLOURED_MAX = 20000

// A document: JSON with its names, texts and numbers told apart; anything else as it is.
export function Json({ value }) {
  if (typeof value === 'string') return html`<pre tabindex="0">${value}</pre>`
  const text = JSON.stringify(value, null, 2) ?? 'nothing'
  if (text.length > COLOURED_MAX) return html`<pre tabindex="0">${text}</pre>`
  const parts = []
  let from = 0
  for (const found of text.matchAll(TOKENS)) {
    const [whole, quoted, colon] = found
    const kind = colon ? 'k' : quoted ? 's' : 'n'
    parts.push(text.slice(from, found.index), html`<span class=${kind}>${quoted || whole}</span>`)
    if (colon) parts.push(colon)
    from = found.index + whole.length
  }
  return html`<pre tabindex="0">${parts}${text.slice(from)}</pre>`
}

export const Failure = ({ error }) => error && html`<div class="note bad" role="alert"><p>${error.message}</p></div>`
export const Waiting = ({ error }) => error ? html`<${Failure} error=${error} />` : html`<p class="quiet waiting">…</p>`
export const Status = ({ code }) => html`<span class="pill ${code >= 400 ? 'bad' : 'good'}">${code}</span>`

export function Copy({ text }) {
  const [done, set] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    set(true)
    setTimeout(() => set(false), 1500)
  }
  return html`<button type="button" class="small" onClick=${copy} aria-label="Copy ${text.slice(0, 60)}">
    ${done ? 'Copied' : 'Copy'}</button>`
}

// Below each screen: where the same is as JSON, and the command that prints it.
export function Twin({ path, command }) {
  return html`<p class="twin"><a href=${API + path}>This as JSON</a>
    <span><code>${command}</code> <${Copy} text=${command} /></span></p>`
}

// A form whose fields are handed to `onSubmit` by name; what goes wrong is said below it.
export function Form({ onSubmit, children, label = 'Do it' }) {
  const [state, set] = useState({ error: null, busy: false })
  const submit = async event => {
    event.preventDefault()
    const form = event.target
    set({ error: null, busy: true })
    try {
      await onSubmit(Object.fromEntries(new FormData(form)), form)
      set({ error: null, busy: false })
    } catch (error) { set({ error, busy: false }) }
  }
  return html`<form onSubmit=${submit}>${children}<button class="main" disabled=${state.busy}>${label}</button></form>
    <${Failure} error=${state.error} />`
}

// A button for something that may fail; what goes wrong is said beside it.
export function Act({ onClick, children, ...more }) {
  const [error, setError] = useState(null)
  const run = async () => {
    setError(null)
    try { await onClick() } catch (failure) { setError(failure) }
  }
  return html`<button type="button" onClick=${run} ...${more}>${children}</button>
    ${error && html`<span class="bad" role="alert">${error.message}</span>`}`
}

// One choice of several, shown side by side; `choices` are [value, label].
export function Chips({ label, choices, value, onPick }) {
  return html`<div class="chips" role="group" aria-label=${label}>${choices.map(([one, text]) => html`
    <button type="button" aria-pressed=${String(one === value)} onClick=${() => onPick(one)}>${text}</button>`)}</div>`
}
