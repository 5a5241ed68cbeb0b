// The architecture as it stands and is used, with what is known of a box that was picked; what it all costs.

import { api, callsOf, clockOf, count, html, kindOf, lasting, pathOf, short, useData, useQuery, useTurns } from './lib.js'
import { Chips, Copy, Failure, Link, Status, Table, Twin, Waiting } from './parts.js'
import { Diagram, labelOf, merged } from './diagram.js'
import { Kind } from './glyphs.js'

const START = `export AWS_ENDPOINT_URL=${location.origin} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1`

export function Overview() {
  const [query, move] = useQuery()
  const asked = new URLSearchParams({ ...(query.stack && { stack: query.stack }), ...(query.limit && { limit: query.limit }) })
  const turn = useTurns(true, 1500)
  const { value, error } = useData(() => api(`architecture?${asked}`), [String(asked), turn], 10)
  if (!value) return html`<h2>Architecture</h2><${Waiting} error=${error} />`
  const chosen = value.nodes.find(node => node.arn === query.node)
  const pick = arn => move({ node: arn === query.node ? '' : arn })
  return html`<div class="head"><h2>Architecture</h2>
      ${value.stacks.length > 0 && html`<${Chips} label="Stack" value=${query.stack || ''} onPick=${stack => move({ stack, node: '' })}
        choices=${[['', 'everything'], ...value.stacks.slice(0, 12).map(name => [name, name])]} />`}</div>
    <${Failure} error=${error} /><${Tiles} resources=${value.resources} />
    ${!value.nodes.length && html`<${Welcome} />`}
    ${value.nodes.length > 0 && html`<div class="with ${chosen ? '' : 'alone'}">
      <div><${Diagram} nodes=${value.nodes} edges=${value.edges} chosen=${chosen && query.node} onPick=${pick} />
        <p class="quiet">Dashed lines: what hands work to what. Coloured: calls that were seen, red where some failed.
          ${value.resources > value.nodes.length && html` The ${value.nodes.length} busiest of ${count(value.resources)} are shown. <button class="link" onClick=${() => move({ limit: 500 })}>Show more</button>`}</p></div>
      ${chosen && html`<${Details} node=${chosen} all=${value} onPick=${pick} />`}</div>`}
    <${Cost} /><${Twin} path=${`architecture?${asked}`} command="cloudchamber architecture" />`
}

function Tiles({ resources }) {
  const { value } = useData(() => Promise.all([api('status'), api('usage')]), [], 5)
  if (!value) return null
  const [status, usage] = value
  const cost = Object.values(usage).flatMap(one => Object.values(one.cost_usd)).reduce((sum, usd) => sum + usd, 0)
  const tiles = [
    [count(status.calls), 'calls'], [count(resources), 'resources drawn'], [`$${cost < 0.01 ? cost.toFixed(6) : cost.toFixed(2)}`, 'it would have cost on AWS'],
    [lasting(status.uptime_s), 'since it was started'],
  ]
  return html`<div class="tiles">${tiles.map(([big, small]) => html`<div class="tile"><b>${big}</b><span>${small}</span></div>`)}</div>`
}

const Welcome = () => html`<section class="card"><h3>Nothing here yet</h3>
  <p>Start with a whole architecture:</p><div class="row middle"><code>cloudchamber blueprint deploy todo</code><${Copy} text="cloudchamber blueprint deploy todo" /></div>
  <p>or point any AWS client at this cloud:</p><div class="row middle"><code>${START}</code><${Copy} text=${START} /></div>
  <p class="quiet">What it calls appears here as it happens.</p></section>`

function Details({ node, all, onPick }) {
  const isPerson = node.type === 'person'
  const filter = isPerson ? { text: node.text } : { resource: node.arn }
  const calls = useData(() => api(`traces?${new URLSearchParams({ ...filter, limit: 6 })}`), [node.arn], 3)
  const byArn = Object.fromEntries(all.nodes.map(one => [one.arn, one]))
  const lines = merged(all.edges)
  const beside = (title, found, end) => found.length > 0 && html`<h3>${title}</h3>
    <${Table} heads=${[['resource', 'main'], ['calls', 'n'], ['errors', 'n']]} rows=${found.map(line => [
      html`<${Kind} type=${byArn[line[end]].type} /> <button class="link" onClick=${() => onPick(line[end])}>${labelOf(byArn[line[end]])}</button>`,
      line.calls ? count(line.calls) : '', line.errors ? html`<span class="bad">${count(line.errors)}</span>` : ''])} />`
  return html`<aside class="card" aria-label="Details"><div class="head"><h3 class="grow"><${Kind} type=${node.type} /> ${labelOf(node)}</h3>
      <button class="small" aria-label="Close the details" onClick=${() => onPick(node.arn)}>✕</button></div>
    <p class="quiet">${isPerson ? 'calls from outside' : kindOf(node.type)}${node.stack && ` of ${node.stack}`}</p>
    <p class="quiet mono">${node.name}</p>
    <div class="row middle"><span class="pill">${count(node.calls)} calls</span>
      ${node.errors > 0 && html`<span class="pill bad">${count(node.errors)} errors</span>`}
      ${node.depth !== null && html`<span class="pill ${node.depth ? 'warn' : ''}">${count(node.depth)} waiting or running</span>`}</div>
    <p>${!isPerson && html`<${Link} to=${pathOf(node.arn)}>Open<//> · `}<${Link} to=${callsOf(filter)}>All its calls<//></p>
    ${beside('From', lines.filter(line => line.to === node.arn), 'from')}
    ${beside('To', lines.filter(line => line.from === node.arn), 'to')}
    <h3>Latest calls</h3>${calls.value && html`<${Table} heads=${['at', 'status', ['call', 'main']]} empty="None yet." rows=${calls.value.spans.map(span => [
      html`<span class="t">${clockOf(span.at).slice(0, 8)}</span>`, html`<${Status} code=${span.status} />`,
      html`<${Link} to=${`calls/${span.request_id}`}>${span.service}:${span.operation}<//>`])} />`}</aside>`
}

function Cost() {
  const { value } = useData(() => api('usage'), [], 10)
  const rows = Object.entries(value || {}).flatMap(([account, { usage, cost_usd }]) =>
    Object.entries(usage).map(([unit, quantity]) => [unit, account, count(Math.round(quantity * 1000) / 1000), cost_usd[unit]]))
  if (!rows.length) return null
  const dear = rows.sort((a, b) => (b[3] || 0) - (a[3] || 0)).slice(0, 12)
  return html`<section class="card"><h3>Usage, and what it would cost on AWS</h3>
    <${Table} heads=${[['unit', 'main'], 'account', ['used', 'n'], ['US$', 'n']]} rows=${dear.map(([unit, account, used, usd]) => [
      unit, account, used, usd === undefined ? '' : usd.toFixed(7)])} />
    <p class="quiet"><code>cloudchamber usage</code> ${rows.length > dear.length && `lists all ${rows.length}`}</p></section>`
}
