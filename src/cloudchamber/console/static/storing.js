// Screens of what stores: a table's items, a bucket's objects, a queue's messages.

import { Failure, Form, Json, Table, api, aws, html, text64, useData, useState, when } from './lib.js'

const plain = value => {
  const [[kind, held]] = Object.entries(value)
  if (kind === 'M') return Object.fromEntries(Object.entries(held).map(([name, inner]) => [name, plain(inner)]))
  if (kind === 'L') return held.map(plain)
  return kind === 'N' ? Number(held) : kind === 'NULL' ? null : held
}

export function Table_({ of }) {
  const [start, setStart] = useState([])
  const [key, setKey] = useState('')
  const at = start.at(-1)
  const described = useData(() => aws('dynamodb:DescribeTable', { TableName: of.name }, of), [of.arn])
  const schema = described.value?.Table.KeySchema.map(part => part.AttributeName) || []
  const partition = described.value?.Table.AttributeDefinitions.find(one => one.AttributeName === schema[0])
  const page = { TableName: of.name, Limit: 25, ExclusiveStartKey: at }
  const load = () => key && partition
    ? aws('dynamodb:Query', { ...page, KeyConditionExpression: '#k = :k', ExpressionAttributeNames: { '#k': schema[0] }, ExpressionAttributeValues: { ':k': { [partition.AttributeType]: key } } }, of)
    : aws('dynamodb:Scan', page, of)
  const { value, error, again } = useData(load, [of.arn, JSON.stringify(at), key, Boolean(partition)])
  const items = value?.Items || []
  const names = [...new Set([...schema, ...items.flatMap(item => Object.keys(item))])].slice(0, 9)
  const remove = async item => { await aws('dynamodb:DeleteItem', { TableName: of.name, Key: Object.fromEntries(schema.map(name => [name, item[name]])) }, of); again() }
  return html`<h3>Items${described.value && ` (${described.value.Table.ItemCount})`}</h3>
    <div class="row"><label>${schema[0] || 'key'} is<input value=${key} onChange=${event => { setStart([]); setKey(event.target.value.trim()) }} /></label>
      <button onClick=${again}>Read again</button></div>
    <${Failure} error=${error} />
    <${Table} heads=${[...names, '']} empty="No items." rows=${value && items.map(item => [...names.map(name => name in item ? JSON.stringify(plain(item[name])) : ''), html`<button onClick=${() => remove(item)}>Delete</button>`])} />
    <div class="row"><button disabled=${!start.length} onClick=${() => setStart(start.slice(0, -1))}>Back</button>
      <button disabled=${!value?.LastEvaluatedKey} onClick=${() => setStart([...start, value.LastEvaluatedKey])}>On</button></div>
    <${Form} label="Put" onSubmit=${async ({ item }) => { await aws('dynamodb:PutItem', { TableName: of.name, Item: JSON.parse(item) }, of); again() }}>
      <label style=${{ width: '100%' }}>an item, as DynamoDB's JSON<textarea name="item" rows="2" placeholder=${`{"${schema[0] || 'id'}": {"S": "1"}}`}></textarea></label><//>`
}

export function Bucket({ of }) {
  const [prefix, setPrefix] = useState('')
  const [tokens, setTokens] = useState([])
  const [shown, setShown] = useState(null)
  const { value, error, again } = useData(() => aws('s3:ListObjectsV2', { Bucket: of.name, Prefix: prefix, Delimiter: '/', MaxKeys: 50, ContinuationToken: tokens.at(-1) }, of), [of.arn, prefix, tokens.length])
  const open = async key => {
    const object = await aws('s3:GetObject', { Bucket: of.name, Key: key }, of)
    const type = object.ContentType || ''
    setShown({ key, type, length: object.ContentLength, text: type.startsWith('image/') ? null : text64(object.Body).slice(0, 20000), image: type.startsWith('image/') ? `data:${type};base64,${object.Body}` : null })
  }
  const enter = to => { setTokens([]); setPrefix(to); setShown(null) }
  const rows = value && [
    ...(value.CommonPrefixes || []).map(one => [html`<button onClick=${() => enter(one.Prefix)}>${one.Prefix}</button>`, '', '', '']),
    ...(value.Contents || []).map(one => [html`<button onClick=${() => open(one.Key)}>${one.Key.slice(prefix.length)}</button>`, one.Size, when(one.LastModified), one.StorageClass])]
  return html`<h3>Objects</h3>
    <div class="row"><label>prefix<input value=${prefix} onChange=${event => enter(event.target.value)} /></label>
      ${prefix && html`<button onClick=${() => enter(prefix.replace(/[^/]+\/?$/, ''))}>Up</button>`}<button onClick=${again}>Read again</button></div>
    <${Failure} error=${error} />
    <${Table} heads=${['key', ['bytes', 'n'], 'modified', 'class']} empty="No objects." rows=${rows} />
    <div class="row"><button disabled=${!tokens.length} onClick=${() => setTokens(tokens.slice(0, -1))}>Back</button>
      <button disabled=${!value?.IsTruncated} onClick=${() => setTokens([...tokens, value.NextContinuationToken])}>On</button></div>
    ${shown && html`<h3>${shown.key}</h3><p class="quiet">${shown.type}, ${shown.length} bytes</p>${shown.image ? html`<img src=${shown.image} alt=${shown.key} style=${{ maxWidth: '20rem' }} />` : html`<${Json} value=${shown.text} />`}`}`
}

export function Queue({ of }) {
  const QueueUrl = `http://localhost/${of.account}/${of.name}`
  const { value, error, again } = useData(() => api(`queue?arn=${encodeURIComponent(of.arn)}`), [of.arn], 3)
  const redrive = async () => { await aws('sqs:StartMessageMoveTask', { SourceArn: of.arn }, of); again() }
  const isDeadLetters = value?.sources.length > 0
  return html`<h3>Messages${value && ` (${value.visible} visible, ${value.in_flight} in flight, ${value.delayed} delayed)`}</h3>
    <${Failure} error=${error} />
    <${Table} heads=${['sent', 'body', ['received', 'n'], 'group']} empty="No messages." rows=${value && value.messages.map(one => [when(one.sent_at), one.body, one.receives, one.group || ''])} />
    <div class="row">${isDeadLetters && html`<button onClick=${redrive}>Move them back (redrive)</button>`}
      <button onClick=${async () => { await aws('sqs:PurgeQueue', { QueueUrl }, of); again() }}>Purge</button></div>
    <${Form} label="Send" onSubmit=${async ({ body, group }) => { await aws('sqs:SendMessage', { QueueUrl, MessageBody: body, ...(group ? { MessageGroupId: group, MessageDeduplicationId: String(Date.now()) } : {}) }, of); again() }}>
      <label>message<input name="body" size="40" required /></label>${of.name.endsWith('.fifo') && html`<label>group<input name="group" required /></label>`}<//>`
}
