// Calls: as they happen, filtered; and one call with its trace, the decision on it, what went in and out, and its log.

import { Command, Failure, Form, Json, Link, Pager, ROOT, Table, api, aws, go, html, query, short, useData, useEffect, useState, when } from './lib.js'

const LIMIT = 50
const FILTERS = ['service', 'operation', 'account', 'principal']

function useLive(isOn) {
  const [turn, set] = useState(0)
  useEffect(() => {
    if (!isOn) return undefined
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}${ROOT}api/traces/stream`)
    let timer = null
    socket.onmessage = () => { timer ??= setTimeout(() => { timer = null; set(n => n + 1) }, 250) }
    return () => { clearTimeout(timer); socket.close() }
  }, [isOn])
  return turn
}

const Status = ({ span }) => html`<span class=${span.status >= 400 ? 'bad' : 'good'}>${span.status}</span>`
const name = span => `${span.service}:${span.operation || '?'}`

export function Calls() {
  const [filter, setFilter] = useState(query())
  const offset = Number(filter.offset || 0)
  const turn = useLive(offset === 0)
  const asked = new URLSearchParams({ ...filter, limit: LIMIT + 1 })
  const { value, error } = useData(() => api(`traces?${asked}`), [String(asked), turn])
  const move = changed => {
    const next = Object.fromEntries(Object.entries({ ...filter, offset: 0, ...changed }).filter(([, v]) => v))
    setFilter(next)
    history.replaceState(null, '', `${ROOT}calls?${new URLSearchParams(next)}`)
  }
  const spans = value?.spans || []
  return html`<h2>Calls</h2>
    <div class="row">${FILTERS.map(key => html`<label>${key}<input value=${filter[key] || ''} onChange=${event => move({ [key]: event.target.value.trim() })} /></label>`)}
      <label>errors only<input type="checkbox" checked=${Boolean(filter.errors)} onChange=${event => move({ errors: event.target.checked ? '1' : '' })} /></label></div>
    <${Failure} error=${error} />
    <${Table} heads=${[['at', 't'], 'status', 'call', 'about', ['ms', 'n'], 'who']} empty="No call yet. Point a client here and watch." rows=${value && spans.slice(0, LIMIT).map(span => [
      span.at.slice(11, 23), html`<${Status} span=${span} />`, html`<${Link} to=${`calls/${span.request_id}`}>${name(span)}<//> <span class="bad">${span.error}</span>${span.fault && html` <span class="warn">fault</span>`}`,
      short(span.resource || ''), span.duration_ms.toFixed(2), short(span.principal)])} />
    <${Pager} offset=${offset} limit=${LIMIT} total=${offset + spans.length} onMove=${to => move({ offset: to })} />
    <${Command} text="cloudchamber trace last · cloudchamber trace tail" />
    <h3>Call an operation</h3><${Try} />`
}

function Try({ operation = '', input = '{}', place = {} }) {
  const [answer, setAnswer] = useState(null)
  const run = async ({ operation, input, account, region }) => setAnswer(await aws(operation, JSON.parse(input || '{}'), { account, region }))
  return html`<${Form} label="Call" onSubmit=${run}>
      <label>operation<input name="operation" placeholder="sqs:ListQueues" required value=${operation} /></label>
      <label>account<input name="account" size="14" value=${place.account || '000000000000'} /></label>
      <label>region<input name="region" size="12" value=${place.region || 'us-east-1'} /></label>
      <label style=${{ width: '100%' }}>input (JSON)<textarea name="input" rows="4">${input}</textarea></label><//>
    ${answer !== null && html`<${Json} value=${answer} />`}`
}

function Waterfall({ spans, current }) {
  const start = Math.min(...spans.map(span => Date.parse(span.at)))
  const end = Math.max(...spans.map(span => Date.parse(span.at) + span.duration_ms), start + 1)
  const depth = span => { let n = 0; for (let at = span; (at = spans.find(one => one.span_id === at.parent_id)) && n < 20;) n++; return n }
  return html`<div class="scroll"><table><thead><tr><th scope="col">call</th><th scope="col">when</th><th class="n" scope="col">ms</th></tr></thead><tbody>
    ${spans.map(span => html`<tr aria-current=${span.request_id === current ? 'true' : null}>
      <td style=${{ paddingLeft: `${depth(span) * 1.1}rem` }}><${Link} to=${`calls/${span.request_id}`}>${span.request_id === current ? html`<strong>${name(span)}</strong>` : name(span)}<//> <span class="bad">${span.error}</span> <span class="quiet wide">${short(span.resource || '')}</span></td>
      <td class="lane"><div class="bar ${span.status >= 400 ? 'bad' : ''}" style=${{ marginLeft: `${(Date.parse(span.at) - start) / (end - start) * 100}%`, width: `${Math.max(span.duration_ms / (end - start) * 100, 0.5)}%` }}></div></td>
      <td class="n">${span.duration_ms.toFixed(2)}</td></tr>`)}</tbody></table></div>`
}

// What functions of the trace printed, found by their request ids.
function Logs({ spans }) {
  const runs = spans.filter(span => span.service === 'lambda' && /invoke|run_/i.test(span.operation) && /function:/.test(span.resource || ''))
  const { value } = useData(async () => {
    const found = []
    for (const run of runs.slice(0, 6)) {
      const logGroupName = `/aws/lambda/${run.resource.split(':')[6]}`
      const answer = await aws('logs:FilterLogEvents', { logGroupName, filterPattern: `"${run.request_id}"`, limit: 5 }, run).catch(() => ({ events: [] }))
      for (const stream of new Set(answer.events.map(event => event.logStreamName))) {
        const all = await aws('logs:GetLogEvents', { logGroupName, logStreamName: stream, limit: 200 }, run)
        found.push([logGroupName, all.events.map(event => event.message).join('')])
      }
    }
    return found
  }, [spans.length])
  return value?.length ? html`<h3>Logs</h3>${value.map(([group, text]) => html`<p class="quiet">${group}</p><${Json} value=${text} />`)}` : null
}

export function Call({ rest }) {
  const traced = useData(() => api(`traces/${encodeURIComponent(rest)}`), [rest])
  const explained = useData(() => api(`explain/${encodeURIComponent(rest)}`), [rest])
  if (!traced.value) return html`<${Failure} error=${traced.error} /><p class="quiet">…</p>`
  const { call, spans } = traced.value
  const input = call.input && typeof call.input === 'object' ? JSON.stringify(call.input, null, 2) : '{}'
  return html`<h2>${name(call)} <${Status} span=${call} /></h2>
    <p>${when(call.at)} · ${call.duration_ms.toFixed(2)} ms · ${call.region} · <${Link} to=${`calls?principal=${encodeURIComponent(call.principal)}`}>${call.principal}<//></p>
    ${call.error && html`<p class="note bad">${call.error}: ${call.message}</p>`}
    ${call.fault && html`<p class="note">An injected fault struck: ${call.fault}</p>`}
    ${explained.value && html`<div class="note"><strong>Why</strong><br />${explained.value.explanation.map(line => html`${line}<br />`)}</div>`}
    <h3>Trace ${call.trace_id}</h3><${Waterfall} spans=${spans} current=${call.request_id} />
    <div class="two"><section><h3>Input (${call.input_bytes} bytes)</h3><${Json} value=${call.input ?? 'nothing'} /></section>
      <section><h3>Output (${call.output_bytes} bytes)</h3><${Json} value=${call.output ?? 'nothing'} /></section></div>
    ${Object.keys(call.usage).length > 0 && html`<p class="quiet">Usage: ${Object.entries(call.usage).map(([unit, quantity]) => `${unit} ${quantity}`).join(', ')}</p>`}
    <${Logs} spans=${spans} />
    ${call.stack && html`<h3>Our bug</h3><${Json} value=${call.stack} />`}
    <h3>Call it again</h3><p class="quiet">As the root user of the account.</p><${Try} operation=${name(call)} input=${input} place=${call} />
    <${Command} text=${`cloudchamber explain ${call.request_id}`} />`
}
