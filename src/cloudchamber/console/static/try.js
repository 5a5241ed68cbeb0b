// Any operation, called by hand as the root user of an account.

import { aws, html, useState } from './lib.js'
import { Form, Json } from './parts.js'

export function Try({ operation = '', input = '{}', place = {} }) {
  const [answer, setAnswer] = useState(null)
  const run = async ({ operation, input, account, region }) => {
    setAnswer(null)
    setAnswer(await aws(operation, JSON.parse(input || '{}'), { account, region }))
  }
  return html`<${Form} label="Call" onSubmit=${run}>
      <label>operation
        <input name="operation" size="26" placeholder="sqs:ListQueues" required value=${operation} /></label>
      <label>account<input name="account" size="14" value=${place.account || '000000000000'} /></label>
      <label>region<input name="region" size="12" value=${place.region || 'us-east-1'} /></label>
      <label class="whole">input (JSON)<textarea name="input" rows="4">${input}</textarea></label><//>
    <p class="quiet">As the root user of the account.</p>
    ${answer !== null && html`<${Json} value=${answer} />`}`
}
