// Time and faults: move the clock, and break things on purpose.

import { Command, Failure, Form, Table, api, html, useData } from './lib.js'

const STEPS = [['a minute', 60], ['an hour', 3600], ['a day', 86400], ['30 days', 30 * 86400]]
const KINDS = ['error', 'throttle', 'latency', 'drop', 'duplicate', 'region-down']

export function Time() {
  const { value, error, again } = useData(() => api('clock'), [], 2)
  const act = async body => { await api('clock', { method: 'POST', body }); again() }
  if (!value) return html`<${Failure} error=${error} /><p class="quiet">…</p>`
  return html`<h2>Time</h2><p><strong>${value.now}</strong> (${value.mode}${value.offset_s ? `, ${Math.round(value.offset_s)} s off the machine's` : ''})</p>
    <div class="row">${STEPS.map(([label, seconds]) => html`<button onClick=${() => act({ action: 'advance', seconds })}>Advance ${label}</button>`)}
      <button onClick=${() => act({ action: 'freeze' })}>Freeze</button><button onClick=${() => act({ action: 'resume' })}>Let it flow</button></div>
    <${Form} label="Advance" onSubmit=${({ seconds }) => act({ action: 'advance', seconds: Number(seconds) })}><label>seconds<input name="seconds" type="number" min="0" required /></label><//>
    <h3>What happens next</h3>
    <${Table} heads=${['due', 'what']} empty="Nothing is due." rows=${value.timers.map(timer => [timer.due, timer.name])} />
    <${Command} text="cloudchamber time advance 1d · cloudchamber time freeze" />`
}

export function Faults() {
  const { value, error, again } = useData(() => api('faults'), [], 2)
  const add = async fields => {
    const body = Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== ''))
    for (const name of ['share', 'latency_s', 'status']) if (name in body) body[name] = Number(body[name])
    await api('faults', { method: 'POST', body })
    again()
  }
  const remove = async id => { await api(`faults/${id}`, { method: 'DELETE' }); again() }
  return html`<h2>Faults</h2><${Failure} error=${error} />
    <${Form} label="Add" onSubmit=${add}>
      <label>kind<select name="kind">${KINDS.map(kind => html`<option value=${kind}>${kind}</option>`)}</select></label>
      <label>service<input name="service" placeholder="dynamodb" /></label><label>operation<input name="operation" placeholder="GetItem" /></label>
      <label>share (0–1)<input name="share" type="number" step="any" min="0" max="1" /></label>
      <label>latency, s<input name="latency_s" type="number" step="any" min="0" /></label><label>error code<input name="code" /></label><//>
    <${Table} heads=${['rule', 'where', 'share', ['struck', 'n'], '']} empty="Nothing is broken on purpose." rows=${value && value.faults.map(rule => [
      `${rule.kind} ${rule.code || ''}`, `${rule.service || 'any service'} ${rule.operation || ''} ${rule.principal || ''}`, rule.share ?? 1,
      `${rule.struck} of ${rule.matched}`, html`<button onClick=${() => remove(rule.id)}>Remove</button>`])} />
    <${Command} text="cloudchamber fault add … · cloudchamber fault list" />`
}
