// An S3 bucket: its objects by folder and page; an object shown, where it is text or a picture.

import { count, html, look, text64, useData, useState, when } from './lib.js'
import { Failure, Json, Table } from './parts.js'

const TEXT_MAX = 20000

function contents(object) {
  const type = object.ContentType || ''
  if (type.startsWith('image/')) return html`<img src=${`data:${type};base64,${object.Body}`} alt="The picture" style=${{ maxWidth: '100%', maxHeight: '20rem' }} />`
  const text = text64(object.Body).slice(0, TEXT_MAX)
  return html`<${Json} value=${text.includes('\u0000') ? 'Not text.' : text} />`
}

export function Bucket({ of }) {
  const [prefix, setPrefix] = useState('')
  const [tokens, setTokens] = useState([])
  const [opened, setOpened] = useState(null)
  const asked = { Bucket: of.name, Prefix: prefix, Delimiter: '/', MaxKeys: 50, ContinuationToken: tokens[tokens.length - 1] }
  const { value, error, again } = useData(() => look('s3:ListObjectsV2', asked, of), [of.arn, prefix, tokens.length])
  const open = async key => setOpened({ key, object: await look('s3:GetObject', { Bucket: of.name, Key: key }, of) })
  const enter = to => { setTokens([]); setPrefix(to); setOpened(null) }
  const rows = value && [
    ...(value.CommonPrefixes || []).map(one => [html`<button class="link" onClick=${() => enter(one.Prefix)}>${one.Prefix.slice(prefix.length)}</button>`, '', '', '']),
    ...(value.Contents || []).map(one => [html`<button class="link" onClick=${() => open(one.Key)}>${one.Key.slice(prefix.length)}</button>`, count(one.Size), when(one.LastModified), one.StorageClass])]
  return html`<section class="card"><div class="head"><h3 class="grow">Objects</h3>
      <label>prefix<input type="search" value=${prefix} onChange=${event => enter(event.target.value)} /></label>
      ${prefix && html`<button onClick=${() => enter(prefix.replace(/[^/]+\/?$/, ''))}>Up</button>`}<button onClick=${again}>Read again</button></div>
    <${Failure} error=${error} />
    <${Table} heads=${[['key', 'main'], ['bytes', 'n'], ['modified', 't'], 'class']} empty="No objects." rows=${rows} />
    <div class="row"><button disabled=${!tokens.length} onClick=${() => setTokens(tokens.slice(0, -1))}>Previous</button>
      <button disabled=${!value?.IsTruncated} onClick=${() => setTokens([...tokens, value.NextContinuationToken])}>Next</button></div>
    ${opened && html`<h3>${opened.key}</h3><p class="quiet">${opened.object.ContentType}, ${count(opened.object.ContentLength)} bytes</p>${contents(opened.object)}`}</section>`
}
