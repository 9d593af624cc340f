'use strict';

// messaging.js HOST:PORT PROTOS: publishes, subscribes, sends and receives through a sidecar, with nothing but grpc-js and the proto files.
const assert = require('node:assert/strict');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader'); // grpc-js brings it

const [address, protos] = process.argv.slice(2);
const files = ['mesh/v1/events.proto', 'mesh/v1/queues.proto'];
const mesh = grpc.loadPackageDefinition(loader.loadSync(files, { includeDirs: [protos], longs: Number, oneofs: true, arrays: true })).mesh.v1;
const options = { 'grpc.default_authority': 'mesh', 'grpc.enable_retries': 0 };
const events = new mesh.Events(address, grpc.credentials.createInsecure(), options);
const queues = new mesh.Queues(address, grpc.credentials.createInsecure(), options);

const LIMIT = 60000;
const soon = () => ({ deadline: Date.now() + LIMIT });

const ask = (client, method, request) => new Promise((resolve, reject) =>
  client[method](request, soon(), (error, reply) => (error ? reject(error) : resolve(reply))));

// The messages of a stream, one by one.
function reader(call) {
  const messages = [];
  const waiting = [];
  let failure = null;
  call.on('data', (message) => (waiting.length ? waiting.shift().resolve(message) : messages.push(message)));
  call.on('error', (error) => {
    failure = error;
    waiting.splice(0).forEach((one) => one.reject(error));
  });
  return () => new Promise((resolve, reject) =>
    messages.length ? resolve(messages.shift()) : failure ? reject(failure) : waiting.push({ resolve, reject }));
}

async function play() {
  const subscription = events.Subscribe(soon());
  const next = reader(subscription);
  subscription.write({ begin: { group: 'foreigners', filter: { types: ['order.*'] }, credit: { messages: 1 } } });
  assert.equal((await next()).response, 'subscribed');

  const published = await ask(events, 'Publish', {
    events: [{ type: 'order.created', source: 'forged', subject: 'o-1', data: Buffer.from('hello') }, { type: 'order.paid', subject: 'o-1' }],
  });
  assert.equal(published.events.length, 2);
  const first = (await next()).delivery;
  assert.equal(first.event.source, 'foreigner');
  assert.equal(first.event.data.toString(), 'hello');

  // The second is of the same subject: it comes when the first is done, and when there is credit for it.
  subscription.write({ credit: { messages: 1 } });
  subscription.write({ ack: { tokens: [first.token] } });
  const second = (await next()).delivery;
  assert.equal(second.event.type, 'order.paid');
  subscription.write({ ack: { tokens: [second.token] } });
  subscription.end();

  await ask(queues, 'Create', { name: 'foreign', options: { rules: { maxDeliveries: 2 } } });
  await ask(queues, 'Publish', { queue: 'foreign', messages: [{ data: Buffer.from('work') }] });
  const consumer = queues.Receive(soon());
  const take = reader(consumer);
  consumer.write({ begin: { queue: 'foreign', credit: { messages: 2 } } });
  const delivery = (await take()).delivery;
  assert.equal(delivery.message.data.toString(), 'work');
  consumer.write({ nack: { tokens: [delivery.token], reason: 'once more' } });
  const again = (await take()).delivery;
  assert.equal(again.attempt, 2);
  assert.deepEqual((await ask(queues, 'Ack', { queue: 'foreign', tokens: [again.token] })).lostTokens, []);
  consumer.end();

  const unknown = await ask(queues, 'Poll', { queue: 'foreigner' }).then(() => assert.fail('it did not fail'), (error) => error);
  assert.equal(unknown.code, grpc.status.NOT_FOUND);
  assert.match(unknown.details, /foreign/);
}

play().then(() => process.exit(0), (error) => {
  console.error(error.stack);
  process.exit(1);
});
