// A DynamoDB table: its items by the page, found by their partition key; put and deleted.

import { aws, count, html, look, useData, useState } from './lib.js'
import { Act, Failure, Form, Table, Turns } from './parts.js'

const COLUMNS_MAX = 8, ITEMS_MAX = 25

// A value without the types that DynamoDB's JSON names.
function plain(value) {
  const [[kind, held]] = Object.entries(value)
  if (kind === 'M') return Object.fromEntries(Object.entries(held).map(([name, inner]) => [name, plain(inner)]))
  if (kind === 'L') return held.map(plain)
  return kind === 'N' ? Number(held) : kind === 'NULL' ? null : held
}

function shown(value) {
  const held = plain(value)
  return typeof held === 'string' ? held : JSON.stringify(held)
}

// What a page of items is asked with: all of them, or those of one partition key.
function asked(TableName, table, key, start) {
  const page = { TableName, Limit: ITEMS_MAX, ...(start && { ExclusiveStartKey: start }) }
  const name = table?.KeySchema[0].AttributeName
  const type = table?.AttributeDefinitions.find(one => one.AttributeName === name)?.AttributeType
  if (!key || !type) return ['dynamodb:Scan', page]
  return ['dynamodb:Query', {
    ...page, KeyConditionExpression: '#k = :k',
    ExpressionAttributeNames: { '#k': name }, ExpressionAttributeValues: { ':k': { [type]: key } },
  }]
}

export function Table_({ of }) {
  const [starts, setStarts] = useState([])
  const [key, setKey] = useState('')
  const described = useData(() => look('dynamodb:DescribeTable', { TableName: of.name }, of), [of.arn])
  const table = described.value?.Table
  const keys = table?.KeySchema.map(part => part.AttributeName) || []
  const start = starts[starts.length - 1]
  const load = () => look(...asked(of.name, table, key, start), of)
  const { value, error, again } = useData(load, [of.arn, starts.length, key, Boolean(table)])
  const items = value?.Items || []
  const names = [...new Set([...keys, ...items.flatMap(item => Object.keys(item))])].slice(0, COLUMNS_MAX)
  const example = `{"${keys[0] || 'id'}": {"S": "1"}}`
  const remove = async item => {
    const Key = Object.fromEntries(keys.map(name => [name, item[name]]))
    await aws('dynamodb:DeleteItem', { TableName: of.name, Key }, of)
    again()
  }
  const put = async ({ item }) => {
    await aws('dynamodb:PutItem', { TableName: of.name, Item: JSON.parse(item) }, of)
    again()
  }
  const find = event => {
    setStarts([])
    setKey(event.target.value.trim())
  }
  const row = item => [
    ...names.map(name => name in item ? shown(item[name]) : ''),
    html`<${Act} class="small" onClick=${() => remove(item)}>Delete<//>`,
  ]
  return html`<section class="card"><div class="head">
      <h3 class="grow">Items${table && ` (${count(table.ItemCount)})`}</h3>
      <label>${keys[0] || 'key'} is<input type="search" value=${key} onChange=${find} /></label>
      <button onClick=${again}>Read again</button></div>
    <${Failure} error=${error} />
    <${Table} heads=${[...names.map((name, at) => [name, at ? '' : 'main']), '']} empty="No items."
      rows=${value && items.map(row)} />
    <${Turns} gone=${starts} next=${value?.LastEvaluatedKey} onMove=${setStarts} />
    <${Form} label="Put" onSubmit=${put}><label class="whole">an item, as DynamoDB's JSON
      <textarea name="item" rows="2" placeholder=${example}></textarea></label><//></section>`
}
