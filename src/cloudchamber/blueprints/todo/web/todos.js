// The list: todos through the REST API, photos straight to the user's own folder, and the preference to their own item.

import { $, attempt, on, show } from './page.js'
import { addressOf, attach, nameOf, pictureOf, remove } from './photo.js'
import { api, aws, config, user } from './session.js'

let todos = []

export async function openList() {
  show('todos')
  const asked = { TableName: config.preferencesTable, Key: { owner: { S: user.identityId } } }
  const { Item } = await aws.dynamodb('GetItem', asked)
  $('hide-done').checked = Item?.hideDone?.BOOL ?? false
  await reload()
}

// The way back from a photo ends at its picture in the list.
export function focusPhoto(key) { $(idOf(key))?.focus() }

const idOf = key => `to-${addressOf(key)}`

async function reload() {
  const [listed, keys] = await Promise.all([
    api('GET', '/todos'), aws.list(config.attachmentsBucket, `${user.identityId}/`),
  ])
  todos = listed.todos
  for (const todo of todos) todo.photos = keys.filter(key => key.split('/')[1] === todo.id)
  draw()
}

function draw() {
  const shown = todos.filter(todo => !($('hide-done').checked && todo.done))
  const left = todos.filter(todo => !todo.done).length
  $('count').textContent = todos.length ? `${left} to do, ${todos.length - left} done` : ''
  $('nothing').hidden = shown.length > 0
  $('nothing-more').textContent = todos.length ? 'All is done, and hidden.' : 'Add something, or ask for a suggestion.'
  $('preference').hidden = todos.length === 0
  // All rows are made anew: whoever was at one of them by keyboard is there again.
  const held = $('list').contains(document.activeElement) ? document.activeElement.id : null
  $('list').replaceChildren(...shown.map(row))
  if (held !== null) ($(held) ?? $('todos-title')).focus()
}

// A part of a row, named for those who hear it and found again after the list was drawn anew.
function part(made, selector, id, label) {
  return Object.assign(made.querySelector(selector), { id, ariaLabel: label })
}

function row(todo) {
  const made = $('row').content.firstElementChild.cloneNode(true)
  made.className = todo.done ? 'done' : ''
  made.querySelector('.title').textContent = todo.title
  const done = part(made, '[type=checkbox]', `done-${todo.id}`, `Done: ${todo.title}`)
  done.checked = todo.done
  done.onchange = () => act(() => api('PUT', `/todos/${todo.id}`, { title: todo.title, done: done.checked }))
  const file = made.querySelector('[type=file]')
  file.onchange = () => act(() => attach(todo.id, file.files[0]), `${file.files[0].name} is attached.`)
  part(made, '.attach', `attach-${todo.id}`, `Attach a photo to ${todo.title}`).onclick = () => file.click()
  part(made, '.delete', `delete-${todo.id}`, `Delete ${todo.title}`).onclick = () => discard(todo)
  made.querySelector('.photos').append(...todo.photos.map(thumbnail))
  return made
}

function thumbnail(key) {
  const label = `Open ${nameOf(key)}`
  const link = Object.assign(document.createElement('a'), { id: idOf(key), href: addressOf(key), ariaLabel: label })
  const image = Object.assign(document.createElement('img'), { alt: nameOf(key) })
  link.append(image)
  // One that cannot be had leaves its name in the list; its own address says why.
  pictureOf(key).then(source => { image.src = source }, () => link.replaceChildren(nameOf(key)))
  return link
}

function discard(todo) {
  const photos = todo.photos.length
  const along = photos === 1 ? 'its photo' : `its ${photos} photos`
  if (photos && !confirm(`Delete “${todo.title}” and ${along}?`)) return
  act(async () => {
    for (const key of todo.photos) await remove(key)
    await api('DELETE', `/todos/${todo.id}`)
  }, 'Deleted.')
}

// After what was refused, too, the list is drawn as it is.
const act = (work, done) => attempt(async () => {
  try {
    await work()
  } finally {
    await reload()
  }
  return done
})

on('add', 'submit', async ({ title }) => {
  await api('POST', '/todos', { title })
  $('add').reset()
  await reload()
  return 'Added.'
})
on('suggest', 'click', async () => {
  const { suggestion } = await aws.invoke(config.suggestFunction, { known: todos.map(todo => todo.title) })
  $('title').value = suggestion
  $('title').focus()
})
$('hide-done').onchange = () => act(() => aws.dynamodb('PutItem', {
  TableName: config.preferencesTable,
  Item: { owner: { S: user.identityId }, hideDone: { BOOL: $('hide-done').checked } },
}))
