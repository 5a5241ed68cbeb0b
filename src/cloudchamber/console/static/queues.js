// An SQS queue: its messages looked at without receiving them; sent, moved back, purged.

import { api, aws, html, useData, when } from './lib.js'
import { Act, Failure, Form, Table } from './parts.js'

export function Queue({ of }) {
  const QueueUrl = `http://localhost/${of.account}/${of.name}`
  const { value, error, again } = useData(() => api(`queue?${new URLSearchParams({ arn: of.arn })}`), [of.arn], 3)
  const isFifo = of.name.endsWith('.fifo')
  const send = async ({ body, group }) => {
    const fifo = isFifo ? { MessageGroupId: group, MessageDeduplicationId: String(Date.now()) } : {}
    await aws('sqs:SendMessage', { QueueUrl, MessageBody: body, ...fifo }, of)
    again()
  }
  const redrive = async () => {
    await aws('sqs:StartMessageMoveTask', { SourceArn: of.arn }, of)
    again()
  }
  const purge = async () => {
    await aws('sqs:PurgeQueue', { QueueUrl }, of)
    again()
  }
  const sources = value?.sources.map(arn => arn.split(':').pop()) || []
  const rows = value?.messages.map(one =>
    [when(one.sent_at), one.body, `${one.receives} ×`, ...(isFifo ? [one.group] : [])])
  return html`<section class="card"><div class="head"><h3>Messages</h3>
      ${value && html`<${Counts} of=${value} />`}<span class="grow"></span>
      ${sources.length > 0 && html`<${Act} onClick=${redrive}>Move them back (redrive)<//>`}
      <${Act} onClick=${purge}>Purge<//></div>
    ${sources.length > 0 && html`<p class="quiet">The dead-letter queue of ${sources.join(', ')}.</p>`}
    <${Failure} error=${error} />
    <${Table} heads=${[['sent', 't'], ['body', 'main'], ['received', 'n'], ...(isFifo ? ['group'] : [])]}
      empty="No messages." rows=${rows} />
    <${Form} label="Send" onSubmit=${send}>
      <label style=${{ flex: '1 1 16rem' }}>message<input name="body" required /></label>
      ${isFifo && html`<label>group<input name="group" required /></label>`}<//></section>`
}

const Counts = ({ of }) => html`<span class="pill ${of.visible ? 'accent' : ''}">${of.visible} visible</span>
  <span class="pill">${of.in_flight} in flight</span><span class="pill">${of.delayed} delayed</span>`
