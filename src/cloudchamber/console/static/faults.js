// Faults: what is broken on purpose, reproducibly.

import { api, html, useData, useState } from './lib.js'
import { Act, Failure, Form, Table, Twin } from './parts.js'

const KINDS = {
  error: 'Calls end with an error of your choice.', throttle: 'Calls are refused as too many, as AWS does.',
  latency: 'Calls take longer.', drop: 'The connection is closed without an answer.',
  duplicate: 'Deliveries come twice.', 'region-down': 'A region does not answer at all.',
}
const HEADS = [['rule', 'main'], 'where', ['share', 'n'], ['struck', 'n'], '']
const NUMBERS = ['share', 'latency_s', 'status']

export function Faults() {
  const [kind, setKind] = useState('error')
  const { value, error, again } = useData(() => api('faults'), [], 2)
  const add = async fields => {
    const given = Object.entries(fields).filter(([, v]) => v !== '')
    const body = Object.fromEntries(given.map(([name, v]) => [name, NUMBERS.includes(name) ? Number(v) : v]))
    await api('faults', { method: 'POST', body })
    again()
  }
  const remove = async id => {
    await api(`faults/${id}`, { method: 'DELETE' })
    again()
  }
  const rows = value?.faults.map(rule => [
    html`<span class="pill warn">${rule.kind}</span> ${rule.code || ''}`,
    `${rule.service || 'any service'} ${rule.operation || ''} ${rule.principal || ''} ${rule.region || ''}`,
    rule.share ?? 1,
    `${rule.struck} of ${rule.matched}`,
    html`<${Act} class="small" onClick=${() => remove(rule.id)}>Remove<//>`,
  ])
  return html`<div class="head"><h2>Faults</h2></div><${Failure} error=${error} />
    <section class="card"><${Form} label="Add" onSubmit=${add}>
      <label>kind<select name="kind" value=${kind} onChange=${event => setKind(event.target.value)}>
        ${Object.keys(KINDS).map(one => html`<option value=${one}>${one}</option>`)}</select></label>
      <label>service<input name="service" size="12" placeholder="dynamodb" /></label>
      <label>operation<input name="operation" size="14" placeholder="GetItem" /></label>
      <label>share (0–1)
        <input name="share" type="number" step="any" min="0" max="1" style=${{ width: '6rem' }} /></label>
      ${kind === 'latency' && html`<label>latency, s
        <input name="latency_s" type="number" step="any" min="0" style=${{ width: '6rem' }} /></label>`}
      ${kind === 'error' && html`<label>error code<input name="code" /></label>`}
      ${kind === 'region-down' && html`<label>region<input name="region" size="12" /></label>`}<//>
      <p class="quiet">${KINDS[kind]}</p></section>
    <section class="card"><${Table} heads=${HEADS} empty="Nothing is broken on purpose." rows=${rows} /></section>
    <${Twin} path="faults" command="cloudchamber fault list" />`
}
