// The mailbox: what the cloud's services sent to people, by mail or as text messages.

import { api, go, html, useData, when } from './lib.js'
import { Act, Failure, Form, Json, Link, Table, Twin, Waiting } from './parts.js'

const TEXT_MAX = 60

export function Mail() {
  const { value, error } = useData(() => api('mail?limit=100'), [], 3)
  const rows = value?.messages.map(one => [
    when(one.at), one.recipient,
    html`<${Link} to=${`mail/${one.id}`}>${one.subject || one.text?.slice(0, TEXT_MAX) || one.channel}<//>`,
    html`<span class="pill">${one.channel}</span>`,
  ])
  return html`<div class="head"><h2>Mailbox</h2></div><${Failure} error=${error} />
    <section class="card">
      <${Table} heads=${[['at', 't'], 'to', ['what', 'main'], 'by']} empty="No mail yet." rows=${rows} /></section>
    <${Twin} path="mail?limit=100" command="cloudchamber mail list" />`
}

export function Letter({ rest }) {
  const { value, error } = useData(() => api(`mail/${rest}`), [rest])
  if (!value) return html`<h2>Mail</h2><${Waiting} error=${error} />`
  const remove = async () => {
    await api(`mail/${rest}`, { method: 'DELETE' })
    go('mail')
  }
  const answer = ({ text }) => api(`mail/${rest}/reply`, { method: 'POST', body: { text } })
  return html`<div class="head"><h2>${value.subject || value.channel}</h2><span class="grow"></span>
      <${Act} onClick=${remove}>Delete<//></div>
    <p class="quiet">${when(value.at)} · from ${value.sender} to ${value.recipient}</p>
    <section class="card">${value.html
      ? html`<iframe class="letter" title="The mail" sandbox="" srcdoc=${value.html}></iframe>`
      : html`<${Json} value=${value.text} />`}
      ${value.links?.length > 0 && html`<h3>Links in it</h3>
        ${value.links.map(link => html`<p><a href=${link}>${link}</a></p>`)}`}
      ${value.channel === 'sms' && html`<${Form} label="Answer" onSubmit=${answer}>
        <label>answer<input name="text" required /></label><//>`}</section>
    <${Twin} path=${`mail/${rest}`} command=${`cloudchamber mail show ${rest}`} />`
}
