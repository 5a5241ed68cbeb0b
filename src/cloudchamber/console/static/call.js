// One call: what came of it and why, the trace it belongs to, what went in and out, and what functions printed.

import { api, callsOf, count, go, html, look, ms, short, useData, when, whoOf } from './lib.js'
import { Act, Copy, Json, Link, Status, Twin, Waiting } from './parts.js'
import { Try } from './try.js'

const nameOf = span => `${span.service}:${span.operation || '?'}`
const bytes = size => size ? `${count(size)} bytes` : ''
const RUNS_MAX = 6, LINES_MAX = 200

export function Call({ rest }) {
  const id = encodeURIComponent(rest)
  const traced = useData(() => api(`traces/${id}`), [rest])
  const explained = useData(() => api(`explain/${id}`), [rest])
  if (!traced.value) return html`<h2>Call</h2><${Waiting} error=${traced.error} />`
  const { call, spans } = traced.value
  const again = async () => { const made = await api(`traces/${id}/replay`, { method: 'POST' }); go(`calls/${made.request_id}`) }
  return html`<div class="head"><h2>${nameOf(call)}</h2><${Status} code=${call.status} />
      ${call.door === 'replay' && html`<span class="pill accent">made again</span>`}<span class="grow"></span>
      ${call.input !== null && html`<${Act} onClick=${again}>Call again as ${whoOf(call.principal)}<//>`}</div>
    ${call.error && html`<div class="note bad"><p><strong>${call.error}</strong> ${call.message}</p></div>`}
    ${call.fault && html`<div class="note warn"><p>An injected fault struck: ${call.fault}. <${Link} to="faults">Faults<//></p></div>`}
    <section class="card"><${Facts} call=${call} /></section>
    ${explained.value && html`<${Why} told=${explained.value} />`}
    <section class="card"><h3>Trace <span class="quiet mono">${call.trace_id}</span></h3><${Waterfall} spans=${spans} current=${call.request_id} /></section>
    <div class="two"><section class="card"><h3>Input <span class="quiet">${bytes(call.input_bytes)}</span></h3><${Body} of=${call.input} size=${call.input_bytes} /></section>
      <section class="card"><h3>Output <span class="quiet">${bytes(call.output_bytes)}</span></h3><${Body} of=${call.output} size=${call.output_bytes} /></section></div>
    <${Logs} spans=${spans} />
    ${call.stack && html`<section class="card"><h3>Our bug</h3><${Json} value=${call.stack} /></section>`}
    <section class="card"><h3>Change it and call</h3><${Try} operation=${nameOf(call)} place=${call}
      input=${call.input && typeof call.input === 'object' ? JSON.stringify(call.input, null, 2) : '{}'} /></section>
    <${Twin} path=${`traces/${id}`} command=${`cloudchamber trace show ${call.request_id}`} />`
}

function Facts({ call }) {
  const usage = Object.entries(call.usage).map(([unit, quantity]) => `${quantity} ${unit}`).join(', ')
  const about = call.resource && call.resource !== '*' && html`<dt>about</dt><dd>${call.resource}</dd>`
  return html`<dl><dt>at</dt><dd class="t">${when(call.at)} · took ${ms(call.duration_ms)}</dd>
    <dt>by</dt><dd><${Link} to=${callsOf({ principal: call.principal })}>${call.principal || 'nobody in particular'}<//></dd>${about}
    <dt>where</dt><dd>${call.account} · ${call.region} · ${{ wire: 'from outside', service: 'by a service', internal: 'from inside', replay: 'made again' }[call.door]}</dd>
    ${usage && html`<dt>usage</dt><dd>${usage}</dd>`}
    <dt>request id</dt><dd class="mono">${call.request_id} <${Copy} text=${call.request_id} /></dd></dl>`
}

function Why({ told }) {
  const refused = told.decision && !told.decision.allowed
  return html`<div class="note ${refused ? 'bad' : ''}"><p><strong>${refused ? 'Why it was refused' : 'Why it was allowed'}</strong></p>
    ${told.explanation.map(line => html`<p>${line}</p>`)}</div>`
}

function Body({ of, size }) {
  if (of !== null && of !== undefined) return html`<${Json} value=${of} />`
  return html`<p class="quiet">${size ? 'Not kept: it was too large, or the call is too long ago.' : 'Nothing.'}</p>`
}

function Waterfall({ spans, current }) {
  const byId = new Map(spans.map(span => [span.span_id, span]))
  const start = Math.min(...spans.map(span => Date.parse(span.at)))
  const end = Math.max(...spans.map(span => Date.parse(span.at) + span.duration_ms), start + 1)
  const depth = span => { let n = 0; for (let at = span; (at = byId.get(at.parent_id)) && n < 20;) n++; return n }
  const share = length_ms => `${Math.max(0, length_ms / (end - start) * 100)}%`
  return html`<div class="scroll"><table><thead><tr><th scope="col">call</th><th scope="col">when</th><th scope="col" class="n">took</th></tr></thead>
    <tbody>${spans.map(span => html`<tr class=${span.request_id === current ? 'chosen' : ''}>
      <td style=${{ paddingLeft: `${depth(span) * 1.1 + .4}rem` }}><${Link} to=${`calls/${span.request_id}`} aria-current=${span.request_id === current ? 'true' : null}>${nameOf(span)}<//>
        ${span.status >= 400 && html` <${Status} code=${span.status} />`} <span class="bad">${span.error}</span>
        <div class="quiet">${short(span.resource || '').replace(/^\*$/, '')}</div></td>
      <td class="lane"><div class="bar ${span.status >= 400 ? 'bad' : ''}" style=${{ marginLeft: share(Date.parse(span.at) - start), width: share(span.duration_ms) }}></div></td>
      <td class="n">${ms(span.duration_ms)}</td></tr>`)}</tbody></table></div>`
}

// What functions of the trace printed, found by their request ids.
function Logs({ spans }) {
  const isRun = span => span.service === 'lambda' && /invoke|run_/i.test(span.operation) && /function:/.test(span.resource || '')
  const runs = spans.filter(isRun)
  const load = async () => {
    const found = []
    for (const run of runs.slice(0, RUNS_MAX)) {
      const logGroupName = `/aws/lambda/${run.resource.split(':')[6]}`
      const asked = { logGroupName, filterPattern: `"${run.request_id}"`, limit: 5 }
      const { events } = await look('logs:FilterLogEvents', asked, run).catch(() => ({ events: [] }))
      for (const logStreamName of new Set(events.map(event => event.logStreamName))) {
        const all = await look('logs:GetLogEvents', { logGroupName, logStreamName, limit: LINES_MAX }, run)
        found.push([logGroupName, all.events.map(event => event.message).join('')])
      }
    }
    return found
  }
  const { value } = useData(load, [spans.length])
  if (!value?.length) return null
  return html`<section class="card"><h3>Logs</h3>${value.map(([group, text]) => html`<p class="quiet">${group}</p><${Json} value=${text} />`)}</section>`
}
