// Small drawings in a field of 16: for screens, and for kinds of resources with the colour of their family.

import { html } from './lib.js'

const DRAWN = {
  chamber: 'M2 8a6 6 0 1 0 12 0A6 6 0 1 0 2 8M4.5 11.5 8 8l4-4.5M8 8l3.5 3M8 8 5 5',
  overview: 'M2 3h4v4H2zM10 3h4v4h-4zM10 10h4v4h-4zM6 5h4M12 7v3',
  calls: 'M2 4h9M2 8h12M2 12h6',
  resources: 'M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3',
  mail: 'M2 4h12v9H2zM2 4.5 8 9l6-4.5',
  time: 'M2 8a6 6 0 1 0 12 0A6 6 0 1 0 2 8M8 4.5V8l2.5 1.5',
  faults: 'M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z',
  identity: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM6 8l1.5 1.5L10.5 6',
  function: 'M4 3h2l5 10h1.5M7.3 6.5 3.5 13',
  api: 'M5 4 2 8l3 4M11 4l3 4-3 4M9 3 7 13',
  table: 'M3 4c0-1.1 2.2-2 5-2s5 .9 5 2-2.2 2-5 2-5-.9-5-2'
    + 'M3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2',
  bucket: 'M2.5 4h11L12 13.5H4zM2.5 4c0-1 2.5-2 5.5-2s5.5 1 5.5 2',
  queue: 'M2 5h3v6H2zM6.5 5h3v6h-3zM11 5h3v6h-3z',
  topic: 'M2 6.5v3h2.5L10 13V3L4.5 6.5zM12 6c1 1.2 1 2.8 0 4',
  rule: 'M2 8h4l3-4.5M6 8l3 4.5M12 3.5a1.5 1.5 0 1 0 .1 0M12 11a1.5 1.5 0 1 0 .1 0',
  users: 'M6 7a2.3 2.3 0 1 0-.1 0M2 13c.3-2.5 1.8-4 4-4s3.7 1.5 4 4'
    + 'M11 3.2a2.2 2.2 0 0 1 0 4.2M12 9.5c1.3.5 1.9 1.7 2 3.5',
  person: 'M8 7.5a2.6 2.6 0 1 0-.1 0M3 14c.4-3 2.2-4.6 5-4.6s4.6 1.6 5 4.6',
  secret: 'M4 7h8v7H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2M8 10v1.5',
  alarm: 'M8 3.5a5 5 0 1 0 .1 0M8 6v2.5l1.5 1M2.5 4 5 2M13.5 4 11 2',
  schedule: 'M2.5 3.5h11V14h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3',
  pipe: 'M2 5h4v6H2zM10 5h4v6h-4zM6 8h4',
  stack: 'M3 3h10v3H3zM3 6h10v4H3zM3 10h10v3.5H3z',
  other: 'M8 2l5.5 3v6L8 14l-5.5-3V5zM8 8l5.5-3M8 8v6M8 8 2.5 5',
}

// type of CloudFormation -> [drawing, family, whose colour is a variable of the style]
const KINDS = {
  'AWS::ApiGateway::RestApi': ['api', 'front'], 'AWS::ApiGatewayV2::Api': ['api', 'front'],
  'AWS::CloudFormation::Stack': ['stack', 'people'], 'AWS::CloudWatch::Alarm': ['alarm', 'messaging'],
  'AWS::Cognito::IdentityPool': ['users', 'identity'], 'AWS::Cognito::UserPool': ['users', 'identity'],
  'AWS::DynamoDB::Table': ['table', 'database'], 'AWS::Events::EventBus': ['rule', 'messaging'],
  'AWS::Events::Rule': ['rule', 'messaging'], 'AWS::IAM::Role': ['identity', 'identity'],
  'AWS::IAM::User': ['person', 'identity'], 'AWS::KMS::Key': ['secret', 'identity'],
  'AWS::Lambda::Function': ['function', 'compute'], 'AWS::Logs::LogGroup': ['calls', 'people'],
  'AWS::Pipes::Pipe': ['pipe', 'messaging'], 'AWS::S3::Bucket': ['bucket', 'storage'],
  'AWS::SNS::Topic': ['topic', 'messaging'], 'AWS::SQS::Queue': ['queue', 'messaging'],
  'AWS::Scheduler::Schedule': ['schedule', 'messaging'], 'AWS::SecretsManager::Secret': ['secret', 'identity'],
  'AWS::SSM::Parameter': ['secret', 'people'], person: ['person', 'people'],
}

export const kindGlyph = type => KINDS[type] || ['other', 'people']
export const drawing = name => DRAWN[name] || DRAWN.other

export function Glyph({ name, size = 17 }) {
  return html`<svg class="glyph" width=${size} height=${size} viewBox="0 0 16 16" aria-hidden="true">
    <path d=${drawing(name)} /></svg>`
}

export function Kind({ type }) {
  const [name, family] = kindGlyph(type)
  const style = { color: `var(--${family})`, verticalAlign: '-3px' }
  return html`<span style=${style}><${Glyph} name=${name} size=${16} /></span>`
}
