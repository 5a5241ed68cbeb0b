// Resources: a table for each type, by the page; with a type chosen also what is known of each.

import { api, count, html, kindOf, pathOf, useData, useQuery } from './lib.js'
import { Chips, Failure, Link, Pager, Table, Twin } from './parts.js'
import { Kind } from './glyphs.js'

const LIMIT = 50, COLUMNS_MAX = 4, CELL_MAX = 60

function cell(held) {
  const text = typeof held === 'string' ? held : JSON.stringify(held) ?? ''
  return text.length > CELL_MAX ? `${text.slice(0, CELL_MAX)}…` : text
}

// Each type with how many there are, after all of them together.
function choicesOf(types) {
  const all = Object.values(types).reduce((sum, number) => sum + number, 0)
  const one = ([type, number]) => [type, html`<${Kind} type=${type} /> ${kindOf(type)} · ${count(number)}`]
  return [['', `all · ${count(all)}`], ...Object.entries(types).map(one)]
}

export function Resources() {
  const [query, move] = useQuery()
  const offset = Number(query.offset || 0)
  const { type, account, region } = query
  const given = Object.entries({ type, account, region, limit: LIMIT, offset })
  const asked = new URLSearchParams(given.filter(([, value]) => value !== undefined))
  const { value, error } = useData(() => api(`resources?${asked}`), [String(asked)], 4)
  const filter = changed => move({ ...changed, offset: '' })
  const typed = name => event => filter({ [name]: event.target.value.trim() })
  const resources = value?.resources || []
  const names = type ? [...new Set(resources.flatMap(one => Object.keys(one.attributes)))].slice(0, COLUMNS_MAX) : []
  const heads = [['name', 'main'], ...(type ? names : ['type']), 'account', 'region']
  const row = one => [
    html`<${Kind} type=${one.type} /> <${Link} to=${pathOf(one.arn)}>${one.name}<//>`,
    ...(type ? names.map(name => cell(one.attributes[name])) : [kindOf(one.type)]), one.account, one.region,
  ]
  return html`<div class="head"><h2>Resources</h2><span class="grow"></span>
      <label>account<input value=${account || ''} size="13" onChange=${typed('account')} /></label>
      <label>region<input value=${region || ''} size="12" onChange=${typed('region')} /></label></div>
    <${Failure} error=${error} />
    <${Chips} label="Type" value=${type || ''} onPick=${picked => filter({ type: picked })}
      choices=${choicesOf(value?.types || {})} />
    <section class="card">
      <${Table} heads=${heads} rows=${value && resources.map(row)} empty="Nothing of this kind." />
      ${value && html`<${Pager} offset=${offset} limit=${LIMIT} shown=${resources.length} total=${value.total}
        onMove=${to => move({ offset: to || '' })} />`}</section>
    <${Twin} path=${`resources?${asked}`} command=${`cloudchamber resources list${type ? ` --type ${type}` : ''}`} />`
}
