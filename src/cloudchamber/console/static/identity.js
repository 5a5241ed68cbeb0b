// Identity: who called, what IAM refused, what would happen, and the policy that would be enough.

import { api, aws, callsOf, clockOf, count, html, short, useData, useQuery, useState } from './lib.js'
import { Copy, Failure, Form, Json, Link, Table, Twin, Waiting } from './parts.js'

const REFUSED_MAX = 30

const suggestionOf = principal => `identity?${new URLSearchParams({ principal })}`

export function Identity() {
  const [query] = useQuery()
  return query.principal ? html`<${Suggestion} principal=${query.principal} />` : html`<${Everyone} />`
}

function Everyone() {
  const { value, error } = useData(() => api('identity'), [], 4)
  const errors = useData(() => api('traces?errors=1&limit=200'), [], 4)
  const denied = errors.value?.spans.filter(span => span.decision && !span.decision.allowed).slice(0, REFUSED_MAX)
  return html`<div class="head"><h2>Identity</h2></div><${Failure} error=${error} />
    <section class="card"><h3>Who called</h3>
      <${Table} heads=${[['principal', 'main'], ['calls', 'n'], ['refused', 'n']]} empty="Nobody yet."
        rows=${value?.principals.map(callerRow)} /></section>
    <section class="card"><h3>Refused lately</h3>
      <${Table} heads=${[['at', 't'], ['call', 'main'], 'about', 'who', 'why']} empty="Nobody was refused."
        rows=${denied?.map(refusedRow)} /></section>
    <section class="card"><h3>What would happen</h3><${Simulate} /></section>
    <${Twin} path="identity" command="cloudchamber identity" />`
}

const callerRow = one => [
  html`<${Link} to=${suggestionOf(one.principal)}>${one.principal}<//>`, count(one.calls),
  one.refused ? html`<span class="bad">${count(one.refused)}</span>` : '',
]

const why = ({ kind, policy_type, policy }) =>
  `${kind.replace('_', ' ')} (${policy_type}${policy ? `: ${policy}` : ''})`

const refusedRow = ({ at, request_id, principal, decision }) => [
  clockOf(at).slice(0, 8), html`<${Link} to=${`calls/${request_id}`}>${decision.action}<//>`,
  short(decision.resource), short(principal), why(decision),
]

function Simulate() {
  const [results, setResults] = useState(null)
  const run = async ({ principal, action, resource }) => {
    const asked = { PolicySourceArn: principal, ActionNames: action.split(/[ ,]+/), ResourceArns: [resource || '*'] }
    const answer = await aws('iam:SimulatePrincipalPolicy', asked, { account: principal.split(':')[4] })
    setResults(answer.EvaluationResults)
  }
  const tone = decision => decision === 'allowed' ? 'good' : 'bad'
  const row = ({ EvalActionName, EvalResourceName, EvalDecision }) => [
    EvalActionName, EvalResourceName, html`<span class="pill ${tone(EvalDecision)}">${EvalDecision}</span>`,
  ]
  return html`<${Form} label="Simulate" onSubmit=${run}>
      <label style=${{ flex: '1 1 18rem' }}>user or role (ARN)
        <input name="principal" required placeholder="arn:aws:iam::000000000000:role/r" /></label>
      <label>actions<input name="action" required placeholder="s3:GetObject" /></label>
      <label>resource<input name="resource" placeholder="*" /></label><//>
    ${results && html`<${Table} heads=${[['action', 'main'], 'resource', 'decision']} rows=${results.map(row)} />`}`
}

function Suggestion({ principal }) {
  const { value, error } = useData(() => api(suggestionOf(principal)), [principal])
  if (!value) return html`<h2>${short(principal)}</h2><${Waiting} error=${error} />`
  const denied = Object.entries(value.refused).map(([resource, actions]) => [resource, actions.join(', ')])
  const policy = JSON.stringify(value.policy, null, 2)
  return html`<div class="head"><h2>${short(principal)}</h2></div>
    <p><${Link} to=${callsOf({ principal })}>Its calls<//> · <${Link} to="identity">Everybody<//></p>
    <section class="card">
      <div class="head"><h3 class="grow">A policy that would have been enough</h3><${Copy} text=${policy} /></div>
      <p class="quiet">From what it was seen to do and was allowed, no more than that. Root users ask no policy.</p>
      <${Json} value=${value.policy} /></section>
    ${denied.length > 0 && html`<section class="card"><h3>What it was refused</h3>
      <${Table} heads=${[['resource', 'main'], 'actions']} rows=${denied} /></section>`}
    <${Twin} path=${suggestionOf(principal)} command=${`cloudchamber identity ${principal}`} />`
}
