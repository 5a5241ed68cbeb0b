// Resources: a table of all, by type and page; and one of them, with a screen of its own where that helps.

import { Command, Failure, Json, Link, Pager, ROOT, Table, api, html, query, short, useData, useState } from './lib.js'
import { Api, Function_ } from './running.js'
import { Bucket, Queue, Table_ } from './storing.js'
import { Stack, UserPool } from './deployed.js'

const LIMIT = 50
const OWN = {
  'AWS::DynamoDB::Table': Table_, 'AWS::S3::Bucket': Bucket, 'AWS::SQS::Queue': Queue, 'AWS::Lambda::Function': Function_,
  'AWS::ApiGateway::RestApi': Api, 'AWS::ApiGatewayV2::Api': Api, 'AWS::Cognito::UserPool': UserPool, 'AWS::CloudFormation::Stack': Stack,
}

export function Resources() {
  const [filter, setFilter] = useState(query())
  const offset = Number(filter.offset || 0)
  const asked = new URLSearchParams({ ...filter, limit: LIMIT, offset })
  const { value, error } = useData(() => api(`resources?${asked}`), [String(asked)], 4)
  const move = changed => {
    const next = Object.fromEntries(Object.entries({ ...filter, offset: 0, ...changed }).filter(([, v]) => v))
    setFilter(next)
    history.replaceState(null, '', `${ROOT}resources?${new URLSearchParams(next)}`)
  }
  return html`<h2>Resources</h2>
    <div class="row"><label>type<select value=${filter.type || ''} onChange=${event => move({ type: event.target.value })}>
        <option value="">all</option>${Object.entries(value?.types || {}).map(([type, count]) => html`<option value=${type} selected=${type === filter.type}>${type} (${count})</option>`)}</select></label>
      <label>account<input value=${filter.account || ''} size="14" onChange=${event => move({ account: event.target.value.trim() })} /></label>
      <label>region<input value=${filter.region || ''} size="12" onChange=${event => move({ region: event.target.value.trim() })} /></label></div>
    <${Failure} error=${error} />
    <${Table} heads=${['name', 'type', 'account', 'region']} rows=${value && value.resources.map(one => [
      html`<${Link} to=${`resources/${one.arn}`}>${one.name}<//>`, one.type.replace(/^AWS::/, ''), one.account, one.region])} />
    ${value && html`<${Pager} offset=${offset} limit=${LIMIT} total=${value.total} onMove=${to => move({ offset: to })} />`}
    <${Command} text="cloudchamber resources list" />`
}

export function Resource({ rest }) {
  const { value, error } = useData(() => api(`resources?arn=${encodeURIComponent(rest)}`), [rest])
  const calls = useData(() => api(`traces?limit=10&resource=${encodeURIComponent(rest)}`), [rest], 3)
  if (!value) return html`<${Failure} error=${error} /><p class="quiet">…</p>`
  const Own = OWN[value.type]
  const attributes = Object.entries(value.attributes)
  return html`<h2>${value.name}</h2>
    <p class="quiet">${value.type} · ${value.arn}</p>
    ${Own && html`<${Own} of=${value} />`}
    ${attributes.length > 0 && html`<h3>Attributes</h3><${Table} heads=${['name', 'value']} rows=${attributes.map(([name, held]) => [name, typeof held === 'string' ? held : JSON.stringify(held)])} />`}
    ${Object.keys(value.tags).length > 0 && html`<h3>Tags</h3><${Table} heads=${['key', 'value']} rows=${Object.entries(value.tags)} />`}
    ${value.links.length > 0 && html`<h3>Refers to</h3><ul>${value.links.map(arn => html`<li><${Link} to=${`resources/${arn}`}>${short(arn)}<//></li>`)}</ul>`}
    ${value.policy && html`<h3>Policy</h3><${Json} value=${JSON.parse(value.policy)} />`}
    <${Command} text=${`cloudchamber resources show ${value.arn}`} />
    <h3>Latest calls</h3>
    <${Table} heads=${['at', 'status', 'call', 'who']} empty="None yet." rows=${calls.value && calls.value.spans.map(span => [span.at.slice(11, 19),
      html`<span class=${span.status >= 400 ? 'bad' : 'good'}>${span.status}</span>`, html`<${Link} to=${`calls/${span.request_id}`}>${span.service}:${span.operation}<//>`, short(span.principal)])} />`
}
