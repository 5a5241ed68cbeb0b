// Time: the cloud's clock, moved and stopped, and what happens next.

import { api, html, lasting, useData, when } from './lib.js'
import { Act, Form, Table, Twin, Waiting } from './parts.js'

const STEPS = [['a minute', 60], ['an hour', 3600], ['a day', 86400], ['30 days', 30 * 86400]]
const MODES = {
  real: 'It is the machine\'s time.', offset: 'It flows, moved from the machine\'s.', frozen: 'It stands still.',
}

const movedBy = offset_s =>
  offset_s ? `, ${lasting(Math.abs(offset_s))} ${offset_s > 0 ? 'ahead' : 'behind'}` : ''

export function Time() {
  const { value, error, again } = useData(() => api('clock'), [], 1)
  if (!value) return html`<h2>Time</h2><${Waiting} error=${error} />`
  const act = async body => {
    await api('clock', { method: 'POST', body })
    again()
  }
  const advance = seconds => act({ action: 'advance', seconds })
  const rows = value.timers.map(timer => {
    const left_s = Math.max(0, Date.parse(timer.due) / 1000 - value.epoch)
    return [when(timer.due), timer.name, `in ${lasting(left_s)}`,
      html`<${Act} class="small" onClick=${() => advance(left_s + 0.001)}>Go there<//>`]
  })
  return html`<div class="head"><h2>Time</h2></div>
    <section class="card"><p class="clock">${when(value.now)}</p>
      <p class="quiet">(${value.mode}${movedBy(value.offset_s)}) ${MODES[value.mode] || ''}</p>
      <div class="row">
        ${STEPS.map(([label, seconds]) => html`<${Act} onClick=${() => advance(seconds)}>Advance ${label}<//>`)}
        <${Act} onClick=${() => act({ action: 'freeze' })}>Freeze<//>
        <${Act} onClick=${() => act({ action: 'resume' })}>Let it flow<//>
        <${Act} onClick=${() => act({ action: 'reset' })}>Back to the machine's<//></div>
      <${Form} label="Advance" onSubmit=${({ seconds }) => advance(Number(seconds))}>
        <label>seconds<input name="seconds" type="number" min="0" step="any" required /></label><//></section>
    <section class="card"><h3>What happens next</h3>
      <${Table} heads=${[['due', 't'], ['what', 'main'], ['', 'n'], '']} empty="Nothing is due."
        rows=${rows} /></section>
    <${Twin} path="clock" command="cloudchamber time advance 1d" />`
}
