'use strict';

const { grpc, Probe } = require('./probe');

const MESSAGE = 'nöt now, 100 %';
const DETAILS = Buffer.from([0, 1, 2, 253, 254, 255]);
let cancelled = 0;

function failure(code, details, entries = {}) {
  const metadata = new grpc.Metadata();
  for (const [key, value] of Object.entries(entries)) {
    metadata.set(key, value);
  }
  return Object.assign(new Error(details), { code, details, metadata });
}

const handlers = {
  Echo: (call, callback) => callback(null, call.request),

  Count: (call) => {
    const [count, size] = call.request.toString().split(' ').map(Number);
    let next = 0;
    const pump = () => {
      while (next < count) {
        const message = Buffer.alloc(size, 'x');
        message.write(`${next++} `);
        if (!call.write(message)) {
          call.once('drain', pump);
          return;
        }
      }
      call.end();
    };
    pump();
  },

  Sum: (call, callback) => {
    let messages = 0;
    let bytes = 0;
    call.on('data', (message) => {
      messages++;
      bytes += message.length;
    });
    call.on('end', () => callback(null, Buffer.from(`${messages} ${bytes}`)));
  },

  Chat: (call) => {
    call.on('data', (message) => call.write(message));
    call.on('end', () => call.end());
  },

  Meta: (call, callback) => {
    const headers = new grpc.Metadata();
    const trailers = new grpc.Metadata();
    for (const key of Object.keys(call.metadata.getMap()).filter((key) => key.startsWith('x-'))) {
      const trailer = key.endsWith('-bin') ? key.replace(/-bin$/, '-t-bin') : `${key}-t`;
      for (const value of call.metadata.get(key)) {
        headers.add(key, value);
        trailers.add(trailer, value);
      }
    }
    call.sendMetadata(headers);
    callback(null, Buffer.from('done'), trailers);
  },

  Fail: (call, callback) =>
    callback(failure(grpc.status.FAILED_PRECONDITION, MESSAGE, { 'grpc-status-details-bin': DETAILS, 'x-why': 'because' })),

  FailLate: (call) => {
    call.write(Buffer.from('one'));
    call.write(Buffer.from('two'));
    call.emit('error', failure(grpc.status.ABORTED, 'no more', { 'x-why': 'late' }));
  },

  FailEarly: (call, callback) => {
    call.once('data', () => callback(failure(grpc.status.OUT_OF_RANGE, 'enough')));
  },

  Hang: (call) => {
    call.on('cancelled', () => cancelled++);
    call.write(Buffer.from('here'));
  },

  Remaining: (call, callback) => {
    const deadline = call.getDeadline();
    const left = deadline instanceof Date ? deadline.getTime() - Date.now() : deadline - Date.now();
    callback(null, Buffer.from(Number.isFinite(left) ? String(Math.round(left)) : 'none'));
  },

  Cancelled: (call, callback) => callback(null, Buffer.from(String(cancelled))),
};

const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
server.addService(Probe, handlers);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  console.log(`listening grpc 127.0.0.1:${port}`);
  console.log('ready');
});

// Whoever started us holds our input open for as long as it lives.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
