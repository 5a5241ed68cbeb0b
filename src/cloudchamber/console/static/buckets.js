// An S3 bucket: its objects by folder and page; an object shown, where it is text or a picture.

import { count, html, look, text64, useData, useState, when } from './lib.js'
import { Failure, Json, Table, Turns } from './parts.js'

const TEXT_MAX = 20000, KEYS_MAX = 50

function contents(object) {
  const type = object.ContentType || ''
  if (type.startsWith('image/')) {
    const style = { maxWidth: '100%', maxHeight: '20rem' }
    return html`<img src=${`data:${type};base64,${object.Body}`} alt="The picture" style=${style} />`
  }
  const text = text64(object.Body).slice(0, TEXT_MAX)
  return html`<${Json} value=${text.includes('\u0000') ? 'Not text.' : text} />`
}

export function Bucket({ of }) {
  const [prefix, setPrefix] = useState('')
  const [tokens, setTokens] = useState([])
  const [opened, setOpened] = useState(null)
  const page = { MaxKeys: KEYS_MAX, ContinuationToken: tokens[tokens.length - 1] }
  const asked = { Bucket: of.name, Prefix: prefix, Delimiter: '/', ...page }
  const { value, error, again } = useData(() => look('s3:ListObjectsV2', asked, of), [of.arn, prefix, tokens.length])
  const open = async key => setOpened({ key, object: await look('s3:GetObject', { Bucket: of.name, Key: key }, of) })
  const enter = to => {
    setTokens([])
    setPrefix(to)
    setOpened(null)
  }
  const named = (key, go) => html`<button class="link" onClick=${() => go(key)}>${key.slice(prefix.length)}</button>`
  const folders = (value?.CommonPrefixes || []).map(one => [named(one.Prefix, enter), '', '', ''])
  const objects = (value?.Contents || []).map(one =>
    [named(one.Key, open), count(one.Size), when(one.LastModified), one.StorageClass])
  return html`<section class="card"><div class="head"><h3 class="grow">Objects</h3>
      <label>prefix<input type="search" value=${prefix} onChange=${event => enter(event.target.value)} /></label>
      ${prefix && html`<button onClick=${() => enter(prefix.replace(/[^/]+\/?$/, ''))}>Up</button>`}
      <button onClick=${again}>Read again</button></div>
    <${Failure} error=${error} />
    <${Table} heads=${[['key', 'main'], ['bytes', 'n'], ['modified', 't'], 'class']} empty="No objects."
      rows=${value && [...folders, ...objects]} />
    <${Turns} gone=${tokens} next=${value?.NextContinuationToken} onMove=${setTokens} />
    ${opened && html`<h3>${opened.key}</h3>
      <p class="quiet">${opened.object.ContentType}, ${count(opened.object.ContentLength)} bytes</p>
      ${contents(opened.object)}`}</section>`
}
