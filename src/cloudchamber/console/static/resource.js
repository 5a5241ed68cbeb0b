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

const OWN = {
  'AWS::DynamoDB::Table': Table_, 'AWS::S3::Bucket': Bucket, 'AWS::SQS::Queue': Queue, 'AWS::Lambda::Function': Function_,
  'AWS::ApiGateway::RestApi': Api, 'AWS::ApiGatewayV2::Api': Api, 'AWS::Cognito::UserPool': UserPool,
  'AWS::CloudFormation::Stack': Stack,
}

export function Resource({ rest }) {
  const asked = new URLSearchParams({ arn: rest })
  const { value, error } = useData(() => api(`resources?${asked}`), [rest])
  const calls = useData(() => api(`traces?${new URLSearchParams({ limit: 10, resource: rest })}`), [rest], 3)
  if (!value) return html`<h2>${short(rest)}</h2><${Waiting} error=${error} />`
  const Own = OWN[value.type]
  const attributes = Object.entries(value.attributes).filter(([name]) => name !== 'Resources')
  const spans = calls.value?.spans
  return html`<div class="head"><h2><${Kind} type=${value.type} /> ${value.name}</h2></div>
    <p class="quiet">${kindOf(value.type)} · <span class="mono">${value.arn}</span> <${Copy} text=${value.arn} /></p>
    ${Own && html`<${Own} of=${value} />`}
    ${(attributes.length > 0 || Object.keys(value.tags).length > 0) && html`<div class="two">
      ${attributes.length > 0 && html`<section class="card"><h3>Attributes</h3><${Pairs} of=${attributes} /></section>`}
      ${Object.keys(value.tags).length > 0 && html`<section class="card"><h3>Tags</h3><${Pairs} of=${Object.entries(value.tags)} /></section>`}</div>`}
    ${value.links.length > 0 && html`<section class="card"><h3>Refers to</h3>
      ${value.links.map(arn => html`<p><${Link} to=${pathOf(arn)}>${short(arn)}<//> <span class="quiet">${arn.split(':')[2]}</span></p>`)}</section>`}
    ${value.policy && html`<section class="card"><h3>Policy</h3><${Json} value=${JSON.parse(value.policy)} /></section>`}
    <section class="card"><h3>Latest calls</h3>
      <${Table} heads=${[['at', 't'], 'status', ['call', 'main'], 'by']} empty="None yet." rows=${spans && spans.map(span => [
        clockOf(span.at).slice(0, 8), html`<${Status} code=${span.status} />`,
        html`<${Link} to=${`calls/${span.request_id}`}>${span.service}:${span.operation}<//> <span class="bad">${span.error}</span>`, whoOf(span.principal)])} />
      <p><${Link} to=${callsOf({ resource: value.arn })}>All its calls<//></p></section>
    <${Twin} path=${`resources?${asked}`} command=${`cloudchamber resources show ${value.arn}`} />`
}

const Pairs = ({ of }) => html`<dl>${of.map(([name, held]) => html`<dt>${name}</dt>
  <dd>${typeof held === 'string' ? held : JSON.stringify(held)}</dd>`)}</dl>`
