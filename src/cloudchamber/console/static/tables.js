// A DynamoDB table: its items by the page, found by their partition key; put and deleted.

import { aws, count, html, look, useData, useState } from './lib.js'
import { Act, Failure, Form, Table } from './parts.js'

const COLUMNS_MAX = 8

export const plain = value => {
  const [[kind, held]] = Object.entries(value)
  if (kind === 'M') return Object.fromEntries(Object.entries(held).map(([name, inner]) => [name, plain(inner)]))
  if (kind === 'L') return held.map(plain)
  return kind === 'N' ? Number(held) : kind === 'NULL' ? null : held
}
const shown = value => { const held = plain(value); return typeof held === 'string' ? held : JSON.stringify(held) }

// What a page of items is asked with: all of them, or those of one partition key.
function asked(TableName, table, key, start) {
  const page = { TableName, Limit: 25, ...(start && { ExclusiveStartKey: start }) }
  const name = table?.KeySchema[0].AttributeName
  const type = table?.AttributeDefinitions.find(one => one.AttributeName === name)?.AttributeType
  if (!key || !type) return ['dynamodb:Scan', page]
  return ['dynamodb:Query', {
    ...page, KeyConditionExpression: '#k = :k', ExpressionAttributeNames: { '#k': name }, ExpressionAttributeValues: { ':k': { [type]: key } },
  }]
}

export function Table_({ of }) {
  const [starts, setStarts] = useState([])
  const [key, setKey] = useState('')
  const described = useData(() => look('dynamodb:DescribeTable', { TableName: of.name }, of), [of.arn])
  const table = described.value?.Table
  const keys = table?.KeySchema.map(part => part.AttributeName) || []
  const start = starts[starts.length - 1]
  const { value, error, again } = useData(() => look(...asked(of.name, table, key, start), of), [of.arn, starts.length, key, Boolean(table)])
  const items = value?.Items || []
  const names = [...new Set([...keys, ...items.flatMap(item => Object.keys(item))])].slice(0, COLUMNS_MAX)
  const remove = async item => {
    await aws('dynamodb:DeleteItem', { TableName: of.name, Key: Object.fromEntries(keys.map(name => [name, item[name]])) }, of)
    again()
  }
  const put = async ({ item }) => { await aws('dynamodb:PutItem', { TableName: of.name, Item: JSON.parse(item) }, of); again() }
  return html`<section class="card"><div class="head"><h3 class="grow">Items${table && ` (${count(table.ItemCount)})`}</h3>
      <label>${keys[0] || 'key'} is<input type="search" value=${key} onChange=${event => { setStarts([]); setKey(event.target.value.trim()) }} /></label>
      <button onClick=${again}>Read again</button></div>
    <${Failure} error=${error} />
    <${Table} heads=${[...names.map((name, at) => [name, at ? '' : 'main']), '']} empty="No items." rows=${value && items.map(item => [
      ...names.map(name => name in item ? shown(item[name]) : ''), html`<${Act} class="small" onClick=${() => remove(item)}>Delete<//>`])} />
    <div class="row"><button disabled=${!starts.length} onClick=${() => setStarts(starts.slice(0, -1))}>Previous</button>
      <button disabled=${!value?.LastEvaluatedKey} onClick=${() => setStarts([...starts, value.LastEvaluatedKey])}>Next</button></div>
    <${Form} label="Put" onSubmit=${put}><label class="whole">an item, as DynamoDB's JSON
      <textarea name="item" rows="2" placeholder=${`{"${keys[0] || 'id'}": {"S": "1"}}`}></textarea></label><//></section>`
}
