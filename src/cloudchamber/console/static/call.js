// One call: what came of it and why, the trace it belongs to, what went in and out, and what functions printed.

import { aboutOf, api, callsOf, count, go, html, look, ms, nameOf, useData, when, whoOf } from './lib.js'
import { Act, Copy, Json, Link, Status, Twin, Waiting } from './parts.js'
import { Try } from './try.js'

const DOORS = { wire: 'from outside', service: 'by a service', internal: 'from inside', replay: 'made again' }
const RUNS_MAX = 6, LINES_MAX = 200, DEPTH_MAX = 20

export function Call({ rest }) {
  const id = encodeURIComponent(rest)
  const traced = useData(() => api(`traces/${id}`), [rest])
  const explained = useData(() => api(`explain/${id}`), [rest])
  if (!traced.value) return html`<h2>Call</h2><${Waiting} error=${traced.error} />`
  const { call, spans } = traced.value
  const changed = call.input && typeof call.input === 'object' ? JSON.stringify(call.input, null, 2) : '{}'
  return html`<${Head} call=${call} id=${id} />
    <section class="card"><${Facts} call=${call} /></section>
    ${explained.value && html`<${Why} told=${explained.value} />`}
    <section class="card"><h3>Trace <span class="quiet mono">${call.trace_id}</span></h3>
      <${Waterfall} spans=${spans} current=${call.request_id} /></section>
    <div class="two"><${Body} title="Input" of=${call.input} size=${call.input_bytes} />
      <${Body} title="Output" of=${call.output} size=${call.output_bytes} /></div>
    <${Logs} spans=${spans} />
    ${call.stack && html`<section class="card"><h3>Our bug</h3><${Json} value=${call.stack} /></section>`}
    <section class="card"><h3>Change it and call</h3>
      <${Try} operation=${nameOf(call)} place=${call} input=${changed} /></section>
    <${Twin} path=${`traces/${id}`} command=${`cloudchamber trace show ${call.request_id}`} />`
}

function Head({ call, id }) {
  const again = async () => {
    const made = await api(`traces/${id}/replay`, { method: 'POST' })
    go(`calls/${made.request_id}`)
  }
  return html`<div class="head"><h2>${nameOf(call)}</h2><${Status} code=${call.status} />
      ${call.door === 'replay' && html`<span class="pill accent">made again</span>`}<span class="grow"></span>
      ${call.input !== null && html`<${Act} onClick=${again}>Call again as ${whoOf(call.principal)}<//>`}</div>
    ${call.error && html`<div class="note bad"><p><strong>${call.error}</strong> ${call.message}</p></div>`}
    ${call.fault && html`<div class="note warn">
      <p>An injected fault struck: ${call.fault}. <${Link} to="faults">Faults<//></p></div>`}`
}

function Facts({ call }) {
  const usage = Object.entries(call.usage).map(([unit, quantity]) => `${quantity} ${unit}`).join(', ')
  const who = call.principal || 'nobody in particular'
  return html`<dl><dt>at</dt><dd class="t">${when(call.at)} · took ${ms(call.duration_ms)}</dd>
    <dt>by</dt><dd><${Link} to=${callsOf({ principal: call.principal })}>${who}<//></dd>
    ${call.resource && call.resource !== '*' && html`<dt>about</dt><dd>${call.resource}</dd>`}
    <dt>where</dt><dd>${call.account} · ${call.region} · ${DOORS[call.door]}</dd>
    ${usage && html`<dt>usage</dt><dd>${usage}</dd>`}
    <dt>request id</dt><dd class="mono">${call.request_id} <${Copy} text=${call.request_id} /></dd></dl>`
}

function Why({ told }) {
  const refused = told.decision && !told.decision.allowed
  return html`<div class="note ${refused ? 'bad' : ''}">
    <p><strong>${refused ? 'Why it was refused' : 'Why it was allowed'}</strong></p>
    ${told.explanation.map(line => html`<p>${line}</p>`)}</div>`
}

function Body({ title, of, size }) {
  const isKept = of !== null && of !== undefined
  const without = size ? 'Not kept: it was too large, or the call is too long ago.' : 'Nothing.'
  return html`<section class="card"><h3>${title} <span class="quiet">${size ? `${count(size)} bytes` : ''}</span></h3>
    ${isKept ? html`<${Json} value=${of} />` : html`<p class="quiet">${without}</p>`}</section>`
}

function Waterfall({ spans, current }) {
  const byId = new Map(spans.map(span => [span.span_id, span]))
  const start = Math.min(...spans.map(span => Date.parse(span.at)))
  const end = Math.max(...spans.map(span => Date.parse(span.at) + span.duration_ms), start + 1)
  const depthOf = span => {
    let depth = 0
    for (let at = span; (at = byId.get(at.parent_id)) && depth < DEPTH_MAX;) depth++
    return depth
  }
  const share = length_ms => `${Math.max(0, length_ms / (end - start) * 100)}%`
  const row = span => html`<${Step} span=${span} isCurrent=${span.request_id === current} depth=${depthOf(span)}
    from=${share(Date.parse(span.at) - start)} width=${share(span.duration_ms)} />`
  return html`<div class="scroll"><table>
    <thead><tr><th scope="col">call</th><th scope="col">when</th><th scope="col" class="n">took</th></tr></thead>
    <tbody>${spans.map(row)}</tbody></table></div>`
}

function Step({ span, isCurrent, depth, from, width }) {
  const hasFailed = span.status >= 400
  return html`<tr class=${isCurrent ? 'chosen' : ''}>
    <td style=${{ paddingLeft: `${depth * 1.1 + .4}rem` }}>
      <${Link} to=${`calls/${span.request_id}`} aria-current=${isCurrent ? 'true' : null}>${nameOf(span)}<//>
      ${hasFailed && html` <${Status} code=${span.status} />`} <span class="bad">${span.error}</span>
      <div class="quiet">${aboutOf(span)}</div></td>
    <td class="lane"><div class="bar ${hasFailed ? 'bad' : ''}" style=${{ marginLeft: from, width }}></div></td>
    <td class="n">${ms(span.duration_ms)}</td></tr>`
}

const isRun = span =>
  span.service === 'lambda' && /invoke|run_/i.test(span.operation) && /function:/.test(span.resource || '')

// What functions of the trace printed, found by their request ids.
function Logs({ spans }) {
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
  return html`<section class="card"><h3>Logs</h3>
    ${value.map(([group, text]) => html`<p class="quiet">${group}</p><${Json} value=${text} />`)}</section>`
}
