// What every screen needs: the template language, the JSON API, AWS calls, data that refreshes, and addresses without a
// reload.

import { html, useEffect, useRef, useState } from './vendor/preact.js'

export { html, useEffect, useRef, useState }
export { render, useMemo } from './vendor/preact.js'

export const ROOT = '/_cloudchamber/'
export const API = `${ROOT}api/`

export async function api(path, { method = 'GET', body } = {}) {
  const answer = await fetch(API + path, { method, body: body === undefined ? undefined : JSON.stringify(body) })
  const value = await answer.json()
  if (!answer.ok) throw new Error([value.error, value.hint].filter(Boolean).join(' — '))
  return value
}

// An AWS operation as the root user of a resource's account, in its region: a call like any other.
export async function aws(operation, input = {}, place = {}, more = {}) {
  const where = { account: place.account || '000000000000', region: place.region || 'us-east-1' }
  const query = new URLSearchParams({ ...where, ...more })
  const answer = await api(`call/${operation.replace(':', '/')}?${query}`, { method: 'POST', body: input })
  if (answer.error) throw Object.assign(new Error(`${answer.error.code}: ${answer.error.message}`), answer.error)
  return answer.output
}

// The same for a screen that only looks: no trace is left of it.
export const look = (operation, input, place) => aws(operation, input, place, { look: 1 })

// {value, error, again}: what `load` gives, now, when `deps` change, and every `seconds` while the page is looked at.
export function useData(load, deps = [], seconds = 0) {
  const [state, set] = useState({ value: null, error: null })
  const [turn, again] = useState(0)
  useEffect(() => {
    let live = true
    const took = value => live && set({ value, error: null })
    const failed = error => live && set(old => ({ value: old.value, error }))
    const run = () => document.hidden || load().then(took, failed)
    load().then(took, failed)
    const timer = seconds ? setInterval(run, seconds * 1000) : null
    return () => { live = false; clearInterval(timer) }
  }, [...deps, turn])
  return { ...state, again: () => again(n => n + 1) }
}

// Calls `hear` with each call that ends from now on, and begins anew when the cloud comes back.
export function useCalls(hear, isOn = true) {
  const latest = useRef(hear)
  latest.current = hear
  useEffect(() => {
    if (!isOn) return undefined
    let socket, timer, live = true
    const connect = () => {
      socket = new WebSocket(`${location.origin.replace('http', 'ws')}${API}traces/stream`)
      socket.onmessage = event => latest.current(JSON.parse(event.data))
      socket.onclose = () => { if (live) timer = setTimeout(connect, 2000) }
    }
    connect()
    return () => { live = false; clearTimeout(timer); socket.close() }
  }, [isOn])
}

// A number that grows with calls, though not more often than every `pause_ms`: what depends on it is read again.
export function useTurns(isOn, pause_ms) {
  const [turn, set] = useState(0)
  const timer = useRef(null)
  useCalls(() => { timer.current ??= setTimeout(() => { timer.current = null; set(n => n + 1) }, pause_ms) }, isOn)
  useEffect(() => () => clearTimeout(timer.current), [])
  return turn
}

export function go(path) {
  history.pushState(null, '', ROOT + path)
  dispatchEvent(new PopStateEvent('popstate'))
  scrollTo(0, 0)
}

export const here = () => location.pathname.replace(/^\/_cloudchamber\/?/, '')

// The query of the address as an object, and a function that changes some of it without leaving the screen.
export function useQuery() {
  const [query, set] = useState(Object.fromEntries(new URLSearchParams(location.search)))
  const move = changed => {
    const next = Object.fromEntries(Object.entries({ ...query, ...changed }).filter(([, value]) => value))
    set(next)
    const text = new URLSearchParams(next).toString()
    history.replaceState(null, '', location.pathname + (text && `?${text}`))
  }
  return [query, move]
}

export const pathOf = arn => `resources/${arn.replace(/[?#%]/g, encodeURIComponent)}`
export const callsOf = filter => `calls?${new URLSearchParams(filter)}`

// A time in ISO 8601 or in seconds of the epoch, as people read it.
export function when(at) {
  if (!at) return ''
  const date = new Date(typeof at === 'number' ? at * 1000 : at)
  return date.toISOString().replace('T', ' ').slice(0, 19)
}

export const short = arn => arn.startsWith('arn:') ? arn.split(':').slice(5).join(':') : arn

// Who called, as short as it says something: a session by its name (a function's), a role of users by the role's.
export function whoOf(principal) {
  const [kind, role, session] = short(principal).split('/')
  if (kind !== 'assumed-role') return short(principal) || 'nobody'
  return session && session !== 'CognitoIdentityCredentials' ? session : role
}

export const kindOf = type => type.replace(/^AWS::/, '').replace('::', ' ')
export const count = number => Number(number).toLocaleString('en')
export const clockOf = at => new Date(at).toISOString().slice(11, 23)
export const nameOf = span => `${span.service}:${span.operation || '?'}`
export const aboutOf = span => short(span.resource || '').replace(/^\*$/, '')

export function ms(number) {
  if (number >= 1000) return `${(number / 1000).toFixed(2)} s`
  return `${number.toFixed(number < 10 ? 2 : 0)} ms`
}

export function lasting(seconds) {
  const units = [['d', 86400], ['h', 3600], ['min', 60]]
  const [name, size] = units.find(([, size]) => seconds >= size) || ['s', 1]
  return `${Math.round(seconds / size * 10) / 10} ${name}`
}

export function text64(data) {
  try { return new TextDecoder().decode(Uint8Array.from(atob(data || ''), c => c.charCodeAt(0))) } catch { return data }
}
