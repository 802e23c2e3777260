// OpenAI's own client for Node, set up with nothing but the gateway's address and a key.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.GATEWAY_URL}/v1`,
  apiKey: process.env.GATEWAY_KEY,
});
const model = 'gpt-5.6-sol';
const messages = [{ role: 'user', content: 'Say hello.' }];
const hello = 'Hello from the stand-in.';

test('chats, and says what was decided', async () => {
  const { data, response } = await client.chat.completions
    .create({ model, messages })
    .withResponse();
  assert.equal(data.choices[0].message.content, hello);
  assert.match(response.headers.get('x-dualtrack-decision'), /lane=API; .*jurisdiction=EU/);
});

test('chats in a stream', async () => {
  const stream = await client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let usage;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? '';
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, hello);
  assert.equal(usage.total_tokens, 12);
});

test('asks for a response', async () => {
  const response = await client.responses.create({ model, input: 'Say hello.' });
  assert.equal(response.output_text, hello);
});

test('lists models', async () => {
  const page = await client.models.list();
  assert.ok(Array.isArray(page.data));
});

test('understands what is wrong', async () => {
  await assert.rejects(
    client.chat.completions.create({ model, messages: [] }),
    (error) => error instanceof OpenAI.BadRequestError && error.param === 'messages',
  );
  const wrong = new OpenAI({ baseURL: client.baseURL, apiKey: 'dt-test-nobody' });
  await assert.rejects(
    wrong.chat.completions.create({ model, messages }),
    OpenAI.AuthenticationError,
  );
});
