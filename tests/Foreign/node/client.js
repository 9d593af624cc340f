'use strict';

// client.js HOST:PORT AUTHORITY SCENARIO: exits 0 if everything was as it must be.
const assert = require('node:assert/strict');
const { grpc, Probe } = require('./probe');

const [address, authority, scenario] = process.argv.slice(2);
const client = new (grpc.makeGenericClientConstructor(Probe, 'Probe'))(address, grpc.credentials.createInsecure(), {
  'grpc.default_authority': authority,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.enable_retries': 0,
});

const LIMIT = 30000;
const soon = () => ({ deadline: Date.now() + LIMIT });
const bytes = (count) => Buffer.from(Array.from({ length: count }, (_, i) => (i * 31 + (i >> 8)) & 255));

function unary(name, request, metadata = new grpc.Metadata(), options = soon()) {
  return new Promise((resolve, reject) => {
    const answer = {};
    const call = client[name](request, metadata, options, (error, reply) => {
      answer.reply = reply;
      return error ? reject(error) : setImmediate(() => resolve(answer));
    });
    call.on('metadata', (headers) => (answer.headers = headers));
    call.on('status', (status) => (answer.trailers = status.metadata));
  });
}

function drain(call) {
  return new Promise((resolve) => {
    const end = { messages: [] };
    call.on('data', (message) => end.messages.push(message));
    call.on('error', () => {});
    call.on('status', (status) => resolve(Object.assign(end, { status })));
  });
}

async function fails(promise, code) {
  const error = await promise.then(() => assert.fail('it did not fail'), (e) => e);
  assert.equal(error.code, code, error.stack);
  return error;
}

async function until(condition, what) {
  const end = Date.now() + LIMIT;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const number = async (name, options) => Number((await unary(name, Buffer.alloc(0), undefined, options ?? soon())).reply.toString());

const scenarios = {
  unary: async () => {
    for (const size of [0, 1, 1000, 70000]) {
      assert.deepEqual((await unary('Echo', bytes(size))).reply, bytes(size));
    }
  },

  'server-stream': async () => {
    const { messages, status } = await drain(client.Count(Buffer.from('1000 100'), soon()));
    assert.equal(status.code, grpc.status.OK);
    assert.deepEqual(messages.map((m) => m.toString().split(' ')[0]), Array.from({ length: 1000 }, (_, i) => String(i)));
  },

  'client-stream': async () => {
    const reply = await new Promise((resolve, reject) => {
      const call = client.Sum(new grpc.Metadata(), soon(), (error, answer) => (error ? reject(error) : resolve(answer)));
      for (let i = 0; i < 500; i++) {
        call.write(bytes(i));
      }
      call.end();
    });
    assert.equal(reply.toString(), `500 ${(500 * 499) / 2}`);
  },

  bidi: async () => {
    const call = client.Chat(soon());
    for (let i = 0; i < 50; i++) {
      const answer = new Promise((resolve) => call.once('data', resolve));
      call.write(bytes(i));
      assert.deepEqual(await answer, bytes(i));
    }
    const end = drain(call);
    call.end();
    assert.equal((await end).status.code, grpc.status.OK);
  },

  large: async () => {
    const message = bytes(16 * 1024 * 1024);
    assert.ok((await unary('Echo', message)).reply.equals(message));
  },

  concurrent: async () => {
    const replies = await Promise.all(Array.from({ length: 200 }, (_, i) => unary('Echo', bytes(i))));
    replies.forEach(({ reply }, i) => assert.deepEqual(reply, bytes(i)));
  },

  metadata: async () => {
    const every = bytes(256).map((_, i) => i);
    const sent = new grpc.Metadata();
    ['one', 'two', 'one'].forEach((value) => sent.add('x-many', value));
    sent.add('x-inside', 'a  b   c');
    sent.add('x-long', 'z'.repeat(8000));
    sent.add('x-every-bin', every);
    [Buffer.from([0, 0]), Buffer.from([255]), Buffer.from([0, 0])].forEach((value) => sent.add('x-many-bin', value));
    const { headers, trailers } = await unary('Meta', Buffer.alloc(0), sent);
    for (const [got, suffix] of [[headers, ''], [trailers, '-t']]) {
      // Node hands out repeated text as one, joined.
      assert.equal(got.get(`x-many${suffix}`).join(', '), 'one, two, one');
      assert.deepEqual(got.get(`x-inside${suffix}`), ['a  b   c']);
      assert.deepEqual(got.get(`x-long${suffix}`), ['z'.repeat(8000)]);
      assert.deepEqual(got.get(`x-every${suffix}-bin`), [every]);
      assert.deepEqual(got.get(`x-many${suffix}-bin`), [Buffer.from([0, 0]), Buffer.from([255]), Buffer.from([0, 0])]);
    }
  },

  status: async () => {
    const error = await fails(unary('Fail', Buffer.alloc(0)), grpc.status.FAILED_PRECONDITION);
    assert.equal(error.details, 'nöt now, 100 %');
    assert.deepEqual(error.metadata.get('grpc-status-details-bin'), [Buffer.from([0, 1, 2, 253, 254, 255])]);
    assert.deepEqual(error.metadata.get('x-why'), ['because']);
  },

  'late-status': async () => {
    const { messages, status } = await drain(client.FailLate(Buffer.alloc(0), soon()));
    assert.deepEqual(messages.map(String), ['one', 'two']);
    assert.equal(status.code, grpc.status.ABORTED);
    assert.equal(status.details, 'no more');
    assert.deepEqual(status.metadata.get('x-why'), ['late']);
  },

  'early-status': async () => {
    const error = await new Promise((resolve) => {
      const call = client.FailEarly(new grpc.Metadata(), soon(), (failure) => {
        clearInterval(timer);
        resolve(failure);
      });
      const timer = setInterval(() => call.write(bytes(10000)), 1);
    });
    assert.equal(error.code, grpc.status.OUT_OF_RANGE, error.stack);
    assert.equal(error.details, 'enough');
  },

  deadline: async () => {
    assert.equal((await unary('Remaining', Buffer.alloc(0), undefined, {})).reply.toString(), 'none');
    const left = await number('Remaining', { deadline: Date.now() + 20000 });
    assert.ok(left > 0 && left <= 20000, String(left));
    const before = await number('Cancelled');
    const { messages, status } = await drain(client.Hang(Buffer.alloc(0), { deadline: Date.now() + 500 }));
    assert.equal(status.code, grpc.status.DEADLINE_EXCEEDED);
    assert.deepEqual(messages.map(String), ['here']);
    await until(async () => (await number('Cancelled')) > before, 'the server is told');
  },

  cancel: async () => {
    const before = await number('Cancelled');
    const call = client.Hang(Buffer.alloc(0), soon());
    call.once('data', () => call.cancel());
    assert.equal((await drain(call)).status.code, grpc.status.CANCELLED);
    await until(async () => (await number('Cancelled')) > before, 'the server is told');
  },

  unimplemented: async () => {
    const call = new Promise((resolve, reject) =>
      client.makeUnaryRequest('/interop.v1.Probe/Nothing', (b) => b, (b) => b, bytes(10), new grpc.Metadata(), soon(), (error, reply) =>
        error ? reject(error) : resolve(reply)));
    await fails(call, grpc.status.UNIMPLEMENTED);
  },
};

assert.ok(scenarios[scenario], `no scenario '${scenario}'`);
scenarios[scenario]().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  });
