// Resources: a table for each type, by the page; with a type chosen also what is known of each.

import { api, count, html, kindOf, pathOf, useData, useQuery } from './lib.js'
import { Chips, Failure, Link, Pager, Table, Twin } from './parts.js'
import { Kind } from './glyphs.js'

const LIMIT = 50, COLUMNS_MAX = 4, CELL_MAX = 60

const cell = held => { const text = typeof held === 'string' ? held : JSON.stringify(held) ?? ''; return text.length > CELL_MAX ? `${text.slice(0, CELL_MAX)}…` : text }

export function Resources() {
  const [query, move] = useQuery()
  const offset = Number(query.offset || 0)
  const { type, account, region } = query
  const asked = new URLSearchParams(Object.entries({ type, account, region, limit: LIMIT, offset }).filter(([, given]) => given !== undefined))
  const { value, error } = useData(() => api(`resources?${asked}`), [String(asked)], 4)
  const filter = changed => move({ ...changed, offset: '' })
  const types = Object.entries(value?.types || {})
  const all = types.reduce((sum, [, number]) => sum + number, 0)
  const columns = type ? [...new Set((value?.resources || []).flatMap(one => Object.keys(one.attributes)))].slice(0, COLUMNS_MAX) : []
  const rows = value?.resources.map(one => [
    html`<${Kind} type=${one.type} /> <${Link} to=${pathOf(one.arn)}>${one.name}<//>`, ...(type ? [] : [kindOf(one.type)]),
    ...columns.map(name => cell(one.attributes[name])), one.account, one.region])
  return html`<div class="head"><h2>Resources</h2><span class="grow"></span>
      <label>account<input value=${account || ''} size="13" onChange=${event => filter({ account: event.target.value.trim() })} /></label>
      <label>region<input value=${region || ''} size="12" onChange=${event => filter({ region: event.target.value.trim() })} /></label></div>
    <${Failure} error=${error} />
    <${Chips} label="Type" value=${type || ''} onPick=${picked => filter({ type: picked })}
      choices=${[['', `all · ${count(all)}`], ...types.map(([name, number]) => [name, html`<${Kind} type=${name} /> ${kindOf(name)} · ${count(number)}`])]} />
    <section class="card"><${Table} heads=${[['name', 'main'], ...(type ? [] : ['type']), ...columns, 'account', 'region']} rows=${rows}
        empty="Nothing of this kind." />
      ${value && html`<${Pager} offset=${offset} limit=${LIMIT} shown=${value.resources.length} total=${value.total} onMove=${to => move({ offset: to || '' })} />`}</section>
    <${Twin} path=${`resources?${asked}`} command=${`cloudchamber resources list${type ? ` --type ${type}` : ''}`} />`
}
