// Calls: as they happen, filtered and by the page.

import {
  aboutOf, api, clockOf, count, go, html, ms, nameOf, short, useData, useEffect, useQuery, useRef, useState, useTurns,
  whoOf,
} from './lib.js'
import { Chips, Failure, Link, Pager, Status, Table, Twin } from './parts.js'
import { Try } from './try.js'

const LIMIT = 50
const FILTERS = ['service', 'operation', 'principal', 'account', 'region', 'resource']
const SHOWN = ['text', 'door', 'errors', ...FILTERS]
const HEADS = [['at', 't'], 'status', ['call', 'main'], 'about', ['took', 'n'], 'by']

export function Calls() {
  const [query, move] = useQuery()
  const [isLive, setLive] = useState(true)
  const offset = Number(query.offset || 0)
  const turn = useTurns(isLive && !offset, 400)
  const wanted = Object.fromEntries(SHOWN.filter(name => query[name]).map(name => [name, query[name]]))
  const asked = new URLSearchParams({ ...wanted, limit: LIMIT, offset })
  const { value, error } = useData(() => api(`traces?${asked}`), [String(asked), turn])
  const filter = changed => move({ ...changed, offset: 0 })
  const spans = value?.spans || []
  const [chosen, setChosen] = useChosen(spans)
  const turnPage = to => {
    move({ offset: to || '' })
    setChosen(-1)
  }
  return html`<div class="head"><h2>Calls</h2><span class="grow"></span>
      <${Chips} label="New calls" value=${isLive && !offset} onPick=${setLive}
        choices=${[[true, 'Live'], [false, 'Paused']]} /></div>
    <${Filters} query=${query} filter=${filter} />
    <${Failure} error=${error} />
    <section class="card">
      <${Table} chosen=${chosen} empty="No call yet. Point a client here and watch." heads=${HEADS}
        rows=${value && spans.map(rowOf)} />
      <${Pager} offset=${offset} limit=${LIMIT} shown=${spans.length} more=${value?.more} onMove=${turnPage} />
      ${value && html`<p class="quiet">${count(value.remembered)} calls are remembered of ${count(value.recorded)};
        the oldest without their input and output.</p>`}</section>
    <section class="card"><h3>Call an operation</h3><${Try} /></section>
    <${Twin} path=${`traces?${asked}`} command="cloudchamber trace last" />`
}

// What is looked for: fields for what is asked often, and a button for each filter that an address or a link brought.
function Filters({ query, filter }) {
  const typed = name => event => filter({ [name]: event.target.value.trim() })
  const ticked = (name, value) => event => filter({ [name]: event.target.checked ? value : '' })
  const narrowing = FILTERS.filter(name => query[name])
  return html`<section class="card"><div class="row">
      <label style=${{ flex: '1 1 14rem' }}>search
        <input type="search" value=${query.text || ''} onChange=${typed('text')}
          placeholder="operation, resource, principal, error, request id" /></label>
      <label>service<input size="10" value=${query.service || ''} onChange=${typed('service')} /></label>
      <label>operation<input size="14" value=${query.operation || ''} onChange=${typed('operation')} /></label>
      <label class="check">
        <input type="checkbox" checked=${Boolean(query.errors)} onChange=${ticked('errors', '1')} />errors only</label>
      <label class="check">
        <input type="checkbox" checked=${query.door === 'wire'} onChange=${ticked('door', 'wire')} />from outside only
      </label></div>
    ${narrowing.length > 0 && html`<p class="chips">${narrowing.map(name => html`
      <button onClick=${() => filter({ [name]: '' })} aria-label="Without ${name}">
        ${name}: ${short(query[name])} ✕</button>`)}</p>`}</section>`
}

function rowOf(span) {
  const isInner = span.door !== 'wire'
  return [
    clockOf(span.at), html`<${Status} code=${span.status} />`,
    html`<${Link} to=${`calls/${span.request_id}`}>${nameOf(span)}<//>
      ${span.error && html` <span class="bad">${span.error}</span>`}
      ${span.fault && html` <span class="pill warn">fault</span>`}
      ${span.door === 'replay' && html` <span class="pill accent">again</span>`}`,
    aboutOf(span), ms(span.duration_ms),
    html`<span class=${isInner ? 'quiet' : ''} title=${span.principal}>${whoOf(span.principal)}</span>`,
  ]
}

// j and k go through the calls, Enter opens one.
function useChosen(spans) {
  const [chosen, set] = useState(-1)
  const latest = useRef(null)
  latest.current = { spans, chosen }
  useEffect(() => {
    const pressed = event => {
      if (event.metaKey || event.ctrlKey || event.target.closest('input, textarea, select, button, a')) return
      const { spans, chosen } = latest.current
      if (event.key === 'j') set(Math.min(chosen + 1, spans.length - 1))
      if (event.key === 'k') set(Math.max(chosen - 1, 0))
      if (event.key === 'Enter' && spans[chosen]) go(`calls/${spans[chosen].request_id}`)
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
  return [chosen, set]
}
