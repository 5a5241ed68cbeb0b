// The architecture as it stands and is used, with what is known of a box that was picked; what it all costs.

import { api, callsOf, clockOf, count, html, kindOf, lasting, pathOf, useData, useQuery, useTurns } from './lib.js'
import { Chips, Copy, Failure, Link, Status, Table, Twin, Waiting } from './parts.js'
import { Diagram, labelOf, merged } from './diagram.js'
import { Kind } from './glyphs.js'

const STACKS_MAX = 12, UNITS_MAX = 12, NODES_MAX = 500
const DEPLOY = 'cloudchamber blueprint deploy todo'
const KEYS = 'AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1'
const START = `export AWS_ENDPOINT_URL=${location.origin} ${KEYS}`

export function Overview() {
  const [query, move] = useQuery()
  const { stack, limit } = query
  const asked = new URLSearchParams({ ...(stack && { stack }), ...(limit && { limit }) })
  const turn = useTurns(true, 1500)
  const { value, error } = useData(() => api(`architecture?${asked}`), [String(asked), turn], 10)
  const usage = useData(() => api('usage'), [], 5).value || {}
  if (!value) return html`<h2>Architecture</h2><${Waiting} error=${error} />`
  const chosen = value.nodes.find(node => node.arn === query.node)
  const pick = arn => move({ node: arn === query.node ? '' : arn })
  const showMore = () => move({ limit: NODES_MAX })
  const stacks = [['', 'everything'], ...value.stacks.slice(0, STACKS_MAX).map(name => [name, name])]
  return html`<div class="head"><h2>Architecture</h2>
      ${value.stacks.length > 0 && html`<${Chips} label="Stack" value=${stack || ''} choices=${stacks}
        onPick=${picked => move({ stack: picked, node: '' })} />`}</div>
    <${Failure} error=${error} /><${Tiles} resources=${value.resources} usage=${usage} />
    ${!value.nodes.length && html`<${Welcome} />`}
    ${value.nodes.length > 0 && html`<div class="with ${chosen ? '' : 'alone'}">
      <div><${Diagram} nodes=${value.nodes} edges=${value.edges} chosen=${chosen && query.node} onPick=${pick} />
        <${Legend} shown=${value.nodes.length} all=${value.resources} onMore=${showMore} /></div>
      ${chosen && html`<${Details} node=${chosen} all=${value} onPick=${pick} />`}</div>`}
    <${Cost} usage=${usage} /><${Twin} path=${`architecture?${asked}`} command="cloudchamber architecture" />`
}

const Legend = ({ shown, all, onMore }) => html`<p class="quiet">
  Dashed lines: what hands work to what. Coloured: calls that were seen, red where some failed.
  ${all > shown && html` The ${shown} busiest of ${count(all)} are shown.${' '}
    <button class="link" onClick=${onMore}>Show more</button>`}</p>`

function Tiles({ resources, usage }) {
  const { value: status } = useData(() => api('status'), [], 5)
  if (!status) return null
  const costs = Object.values(usage).flatMap(one => Object.values(one.cost_usd))
  const cost = costs.reduce((sum, usd) => sum + usd, 0)
  const tiles = [
    [count(status.calls), 'calls'],
    [count(resources), 'resources in it'],
    [`$${cost.toFixed(cost < 0.01 ? 6 : 2)}`, 'it would have cost on AWS'],
    [lasting(status.uptime_s), 'since it was started'],
  ]
  return html`<div class="tiles">
    ${tiles.map(([big, small]) => html`<div class="tile"><b>${big}</b><span>${small}</span></div>`)}</div>`
}

const Command = ({ text }) => html`<div class="row middle"><code>${text}</code><${Copy} text=${text} /></div>`

const Welcome = () => html`<section class="card"><h3>Nothing here yet</h3>
  <p>Start with a whole architecture:</p><${Command} text=${DEPLOY} />
  <p>or point any AWS client at this cloud:</p><${Command} text=${START} />
  <p class="quiet">What it calls appears here as it happens.</p></section>`

function Details({ node, all, onPick }) {
  const isPerson = node.type === 'person'
  const filter = isPerson ? { text: node.text } : { resource: node.arn }
  const calls = useData(() => api(`traces?${new URLSearchParams({ ...filter, limit: 6 })}`), [node.arn], 3)
  const beside = { node, all, onPick }
  return html`<aside class="card" aria-label="Details">
    <div class="head"><h3 class="grow"><${Kind} type=${node.type} /> ${labelOf(node)}</h3>
      <button class="small" aria-label="Close the details" onClick=${() => onPick(node.arn)}>✕</button></div>
    <p class="quiet">${isPerson ? 'calls from outside' : kindOf(node.type)}${node.stack && ` of ${node.stack}`}
      ${' '}· ${node.account}</p>
    <p class="quiet mono">${node.name}</p>
    <div class="row middle"><span class="pill">${count(node.calls)} calls</span>
      ${node.errors > 0 && html`<span class="pill bad">${count(node.errors)} errors</span>`}
      ${node.depth !== null && html`<span class="pill ${node.depth ? 'warn' : ''}">
        ${count(node.depth)} waiting or running</span>`}</div>
    <p>${!isPerson && html`<${Link} to=${pathOf(node.arn)}>Open<//> · `}
      <${Link} to=${callsOf(filter)}>All its calls<//></p>
    <${Beside} title="From" here="to" there="from" ...${beside} />
    <${Beside} title="To" here="from" there="to" ...${beside} />
    <h3>Latest calls</h3>
    ${calls.value && html`<${Table} heads=${['at', 'status', ['call', 'main']]} empty="None yet."
      rows=${calls.value.spans.map(latestRow)} />`}</aside>`
}

// What stands at the other end, `there`, of the lines that have one end, `here`, at the box: each of `from` and `to`.
function Beside({ title, node, here, there, all, onPick }) {
  const lines = merged(all.edges).filter(line => line[here] === node.arn)
  if (!lines.length) return null
  const rows = lines.map(line => {
    const other = all.nodes.find(one => one.arn === line[there])
    const pick = () => onPick(other.arn)
    return [
      html`<${Kind} type=${other.type} /> <button class="link" onClick=${pick}>${labelOf(other)}</button>`,
      line.calls ? count(line.calls) : '',
      line.errors ? html`<span class="bad">${count(line.errors)}</span>` : '',
    ]
  })
  return html`<h3>${title}</h3>
    <${Table} heads=${[['resource', 'main'], ['calls', 'n'], ['errors', 'n']]} rows=${rows} />`
}

const latestRow = span => [
  html`<span class="t">${clockOf(span.at).slice(0, 8)}</span>`, html`<${Status} code=${span.status} />`,
  html`<${Link} to=${`calls/${span.request_id}`}>${span.service}:${span.operation}<//>`,
]

function Cost({ usage }) {
  const rows = Object.entries(usage).flatMap(([account, { usage: units, cost_usd }]) =>
    Object.entries(units).map(([unit, quantity]) => ({ unit, account, quantity, usd: cost_usd[unit] })))
  if (!rows.length) return null
  const dear = rows.sort((a, b) => (b.usd || 0) - (a.usd || 0)).slice(0, UNITS_MAX)
  const shown = ({ unit, account, quantity, usd }) =>
    [unit, account, count(Math.round(quantity * 1000) / 1000), usd === undefined ? '' : usd.toFixed(7)]
  return html`<section class="card"><h3>Usage, and what it would cost on AWS</h3>
    <${Table} heads=${[['unit', 'main'], 'account', ['used', 'n'], ['US$', 'n']]} rows=${dear.map(shown)} />
    <p class="quiet"><code>cloudchamber usage</code> ${rows.length > dear.length && `lists all ${rows.length}`}</p>
  </section>`
}
