// A Lambda function: invoked by hand, and what it logs.

import { aws, html, look, text64, useData, useState } from './lib.js'
import { Form, Json, Table } from './parts.js'

const DAYS_7_MS = 7 * 86400e3, EVENTS_MAX = 1000, LINES_MAX = 80

export function Function_({ of }) {
  const [answer, setAnswer] = useState(null)
  const asked = { logGroupName: `/aws/lambda/${of.name}`, startTime: Date.now() - DAYS_7_MS, limit: EVENTS_MAX }
  const logs = useData(() => look('logs:FilterLogEvents', asked, of).catch(() => ({ events: [] })), [of.arn], 3)
  const mappings = useData(() => look('lambda:ListEventSourceMappings', { FunctionName: of.name }, of), [of.arn], 5)
  const invoke = async ({ payload }) => {
    setAnswer(await aws('lambda:Invoke', { FunctionName: of.name, Payload: payload || '{}', LogType: 'Tail' }, of))
    logs.again()
  }
  const sources = (mappings.value?.EventSourceMappings || []).map(one =>
    [one.EventSourceArn.split(':').slice(2).join(':'), one.State, one.BatchSize, one.LastProcessingResult || ''])
  const lines = logs.value?.events.slice(-LINES_MAX).map(event => event.message.trimEnd())
  return html`<section class="card"><h3>Invoke</h3>
      <${Form} label="Invoke" onSubmit=${invoke}>
        <label class="whole">event (JSON)<textarea name="payload" rows="3">{}</textarea></label><//>
      ${answer && html`<${Answer} of=${answer} />`}</section>
    ${sources.length > 0 && html`<section class="card"><h3>Reads from</h3>
      <${Table} heads=${[['source', 'main'], 'state', 'batch', 'last']} rows=${sources} /></section>`}
    <section class="card"><h3>Log</h3>
      <${Json} value=${lines?.join('\n') || 'Nothing was logged, or the role may not write logs.'} /></section>`
}

const Answer = ({ of }) => html`
  <p><span class="pill ${of.FunctionError ? 'bad' : 'good'}">${of.FunctionError || 'answered'}</span></p>
  <${Json} value=${text64(of.Payload)} />
  <p class="quiet">Log</p><${Json} value=${text64(of.LogResult)} />`
