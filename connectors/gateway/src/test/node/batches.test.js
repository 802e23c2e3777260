// Files and batches with OpenAI's own client for Node.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI, { toFile } from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.GATEWAY_URL}/v1`,
  apiKey: process.env.GATEWAY_KEY,
});
const endpoint = '/v1/chat/completions';
const body = { model: 'gpt-5.6-sol', messages: [{ role: 'user', content: 'Say hello.' }] };
const ended = ['completed', 'failed', 'expired', 'cancelled'];

async function upload(lines) {
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  return client.files.create({
    file: await toFile(Buffer.from(text), 'requests.jsonl'),
    purpose: 'batch',
    expires_after: { anchor: 'created_at', seconds: 3600 },
  });
}

function request(customId) {
  return { custom_id: customId, method: 'POST', url: endpoint, body };
}

function create(file, metadata) {
  return client.batches.create({
    input_file_id: file.id,
    endpoint,
    completion_window: '24h',
    metadata,
  });
}

async function end(id) {
  for (;;) {
    const batch = await client.batches.retrieve(id);
    if (ended.includes(batch.status)) {
      return batch;
    }
    await new Promise((again) => setTimeout(again, 100));
  }
}

test('uploads, creates, polls and downloads', async () => {
  const file = await upload([request('node-1'), request('node-2')]);
  assert.equal(file.filename, 'requests.jsonl');
  assert.ok(file.expires_at - file.created_at <= 3600);

  const batch = await end((await create(file, { from: 'node' })).id);

  assert.equal(batch.status, 'completed');
  assert.deepEqual(batch.request_counts, { total: 2, completed: 2, failed: 0 });
  assert.deepEqual(batch.metadata, { from: 'node' });
  const output = await (await client.files.content(batch.output_file_id)).text();
  const lines = output.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.map((line) => line.custom_id), ['node-1', 'node-2']);
  assert.equal(lines[0].response.body.choices[0].message.content, 'Hello from the stand-in.');
  const listed = [];
  for await (const each of client.batches.list({ limit: 1 })) {
    listed.push(each.id);
  }
  assert.ok(listed.includes(batch.id));
  assert.equal((await client.files.delete(file.id)).deleted, true);
  await assert.rejects(client.files.retrieve(file.id), OpenAI.NotFoundError);
});

test('cancels', async () => {
  const file = await upload([request('never-answered')]);
  const batch = await create(file);

  const cancelled = await client.batches.cancel(batch.id);

  assert.ok(['validating', 'in_progress', 'cancelling', 'cancelled'].includes(cancelled.status));
  const again = await client.batches.retrieve(batch.id);
  assert.equal(again.id, batch.id);
});

test('is told what is wrong with an input', async () => {
  const file = await upload([request('twice'), request('twice'), { custom_id: 'no-url' }]);

  const batch = await end((await create(file)).id);

  assert.equal(batch.status, 'failed');
  assert.deepEqual(
    batch.errors.data.map((error) => [error.code, error.line]),
    [
      ['duplicate_custom_id', 2],
      ['missing_required_parameter', 3],
    ],
  );
  assert.ok(!batch.output_file_id);
});

test('understands what is wrong with a call', async () => {
  await assert.rejects(create({ id: 'file-nobody' }), (error) => error instanceof OpenAI.APIError);
  await assert.rejects(
    client.batches.create({
      input_file_id: 'file-nobody',
      endpoint: '/v1/images',
      completion_window: '24h',
    }),
    (error) => error instanceof OpenAI.BadRequestError && error.param === 'endpoint',
  );
  await assert.rejects(client.batches.retrieve('batch_nobody'), OpenAI.NotFoundError);
  await assert.rejects(
    client.files.create({ file: await toFile(Buffer.from('x'), 'x'), purpose: 'nothing' }),
    OpenAI.BadRequestError,
  );
});
