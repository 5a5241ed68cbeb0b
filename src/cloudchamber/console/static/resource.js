// One resource: a screen of its own kind where that helps, and what the directory knows of it.

import { api, callsOf, clockOf, html, kindOf, pathOf, short, useData, whoOf } from './lib.js'
import { Copy, Json, Link, Status, Table, Twin, Waiting } from './parts.js'
import { Api } from './apis.js'
import { Bucket } from './buckets.js'
import { Function_ } from './functions.js'
import { Kind } from './glyphs.js'
import { Queue } from './queues.js'
import { Stack } from './stacks.js'
import { Table_ } from './tables.js'
import { UserPool } from './pools.js'

const CALLS_MAX = 10

// A screen of its own for each kind, drawn above what all have.
const OWN = {
  'AWS::ApiGateway::RestApi': Api, 'AWS::ApiGatewayV2::Api': Api, 'AWS::CloudFormation::Stack': Stack,
  'AWS::Cognito::UserPool': UserPool, 'AWS::DynamoDB::Table': Table_, 'AWS::Lambda::Function': Function_,
  'AWS::S3::Bucket': Bucket, 'AWS::SQS::Queue': Queue,
}

export function Resource({ rest }) {
  const asked = new URLSearchParams({ arn: rest })
  const { value, error } = useData(() => api(`resources?${asked}`), [rest])
  if (!value) return html`<h2>${short(rest)}</h2><${Waiting} error=${error} />`
  const Own = OWN[value.type]
  const attributes = Object.entries(value.attributes).filter(([name]) => name !== 'Resources')
  const tags = Object.entries(value.tags)
  return html`<div class="head"><h2><${Kind} type=${value.type} /> ${value.name}</h2></div>
    <p class="quiet">${kindOf(value.type)} · <span class="mono">${value.arn}</span> <${Copy} text=${value.arn} /></p>
    ${Own && html`<${Own} of=${value} />`}
    ${(attributes.length > 0 || tags.length > 0) && html`<div class="two">
      <${Pairs} title="Attributes" of=${attributes} /><${Pairs} title="Tags" of=${tags} /></div>`}
    ${value.links.length > 0 && html`<section class="card"><h3>Refers to</h3>
      ${value.links.map(arn => html`<p><${Link} to=${pathOf(arn)}>${short(arn)}<//>${' '}
        <span class="quiet">${arn.split(':')[2]}</span></p>`)}</section>`}
    ${value.policy && html`<section class="card"><h3>Policy</h3>
      <${Json} value=${JSON.parse(value.policy)} /></section>`}
    <${Latest} arn=${value.arn} />
    <${Twin} path=${`resources?${asked}`} command=${`cloudchamber resources show ${value.arn}`} />`
}

const Pairs = ({ title, of }) => of.length > 0 && html`<section class="card"><h3>${title}</h3>
  <dl>${of.map(([name, held]) => html`<dt>${name}</dt>
    <dd>${typeof held === 'string' ? held : JSON.stringify(held)}</dd>`)}</dl></section>`

function Latest({ arn }) {
  const asked = new URLSearchParams({ limit: CALLS_MAX, resource: arn })
  const { value } = useData(() => api(`traces?${asked}`), [arn], 3)
  return html`<section class="card"><h3>Latest calls</h3>
    <${Table} heads=${[['at', 't'], 'status', ['call', 'main'], 'by']} empty="None yet."
      rows=${value?.spans.map(latestRow)} />
    <p><${Link} to=${callsOf({ resource: arn })}>All its calls<//></p></section>`
}

const latestRow = span => [
  clockOf(span.at).slice(0, 8), html`<${Status} code=${span.status} />`,
  html`<${Link} to=${`calls/${span.request_id}`}>${span.service}:${span.operation}<//>${' '}
    <span class="bad">${span.error}</span>`,
  whoOf(span.principal),
]
