// The mailbox: what the cloud's services sent to people.

import { Command, Failure, Form, Json, Link, Table, api, go, html, useData, when } from './lib.js'

export function Mail() {
  const { value, error } = useData(() => api('mail?limit=100'), [], 3)
  return html`<h2>Mailbox</h2><${Failure} error=${error} />
    <${Table} heads=${['at', 'to', 'what', 'by']} empty="No mail yet." rows=${value && value.messages.map(one => [
      when(one.at), one.recipient, html`<${Link} to=${`mail/${one.id}`}>${one.subject || one.text?.slice(0, 60) || one.channel}<//>`, one.channel])} />
    <${Command} text="cloudchamber mail list" />`
}

export function Letter({ rest }) {
  const { value, error } = useData(() => api(`mail/${rest}`), [rest])
  if (!value) return html`<${Failure} error=${error} /><p class="quiet">…</p>`
  return html`<h2>${value.subject || value.channel}</h2>
    <p>${when(value.at)} · from ${value.sender} to ${value.recipient}</p>
    ${value.html ? html`<iframe title="The mail" sandbox="" srcdoc=${value.html} style=${{ width: '100%', height: '24rem', border: '1px solid' }}></iframe>` : html`<${Json} value=${value.text} />`}
    ${value.links?.length > 0 && html`<h3>Links in it</h3><ul>${value.links.map(link => html`<li><a href=${link}>${link}</a></li>`)}</ul>`}
    ${value.channel === 'sms' && html`<${Form} label="Answer" onSubmit=${({ text }) => api(`mail/${rest}/reply`, { method: 'POST', body: { text } })}><label>answer<input name="text" required /></label><//>`}
    <button onClick=${async () => { await api(`mail/${rest}`, { method: 'DELETE' }); go('mail') }}>Delete</button>
    <${Command} text=${`cloudchamber mail show ${rest}`} />`
}
