// The client in the page: grpc-web as npm has it, raw bytes, no generated code. It plays a scenario and says what it has to complain of.
import { GrpcWebClientBase, MethodDescriptor, MethodType, StatusCode } from '/grpc-web.js';

const identity = (bytes) => bytes;
const text = (bytes) => new TextDecoder().decode(bytes);
const bytes = (string) => new TextEncoder().encode(string);
const method = (name, type) => new MethodDescriptor(`/interop.v1.Probe/${name}`, type, Uint8Array, Uint8Array, identity, identity);

function expect(holds, otherwise) {
  if (!holds) {
    throw new Error(otherwise);
  }
}

class Probe {
  constructor(target, format) {
    this.target = target;
    this.client = new GrpcWebClientBase({ format });
  }

  unary(name, request, metadata = {}) {
    const descriptor = method(name, MethodType.UNARY);
    return new Promise((resolve, reject) => {
      let last;
      const call = this.client.rpcCall(this.target + descriptor.getName(), request, metadata, descriptor, (error, answer) => {
        if (error) {
          reject(error);
        } else {
          // The status, with the trailers, comes after the message.
          last = answer;
        }
      });
      const told = {};
      call.on('metadata', (headers) => Object.assign(told, { headers }));
      call.on('status', (status) => Object.assign(told, { status }));
      call.on('end', () => resolve({ answer: last, ...told }));
    });
  }

  stream(name, request) {
    const descriptor = method(name, MethodType.SERVER_STREAMING);
    const call = this.client.serverStreaming(this.target + descriptor.getName(), request, {}, descriptor);
    return new Promise((resolve) => {
      const answers = [];
      call.on('data', (answer) => answers.push(answer));
      call.on('error', (error) => resolve({ answers, error }));
      call.on('end', () => resolve({ answers }));
    });
  }
}

async function failure(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call did not fail');
}

const scenarios = {
  async unary(probe) {
    const request = bytes('grüezi'.repeat(20000));
    const { answer } = await probe.unary('Echo', request);
    expect(answer.length === request.length && text(answer) === text(request), `${request.length} bytes came back as ${answer && answer.length}`);
  },

  async metadata(probe) {
    const { answer, status } = await probe.unary('Meta', bytes(''), { 'x-word': 'hello' });
    expect(text(answer) === 'done', `the answer is ${text(answer)}`);
    // Of the head a page sees what CORS lets it; the trailers are in the body.
    expect(status && status.code === StatusCode.OK && status.metadata['x-word-t'] === 'hello', `the status is ${JSON.stringify(status)}`);
  },

  async 'server-stream'(probe) {
    const { answers, error } = await probe.stream('Count', bytes('100 1000'));
    expect(!error, `it failed: ${error}`);
    expect(answers.length === 100, `${answers.length} of 100 messages came`);
    answers.forEach((answer, i) => expect(answer.length === 1000 && text(answer).startsWith(`${i} `), `message ${i} is ${text(answer).slice(0, 20)}`));
  },

  async failure(probe) {
    const error = await failure(probe.unary('Fail', bytes('')));
    expect(error.code === StatusCode.FAILED_PRECONDITION, `the code is ${error.code}: ${error.message}`);
    expect(error.message === 'nöt now, 100 %' || decodeURIComponent(error.message) === 'nöt now, 100 %', `the message is ${error.message}`);
    // [0, 1, 2, 253, 254, 255]
    expect(error.metadata['grpc-status-details-bin'].replace(/=+$/, '') === 'AAEC/f7/', `the details are ${JSON.stringify(error.metadata)}`);
  },

  async 'late-failure'(probe) {
    const { answers, error } = await probe.stream('FailLate', bytes(''));
    expect(answers.map(text).join(' ') === 'one two', `before it came: ${answers.map(text).join(' ')}`);
    expect(error && error.code === StatusCode.ABORTED && error.message === 'no more', `it ended with ${error}`);
  },

  async nobody(probe) {
    const error = await failure(probe.unary('Nothing', bytes('')));
    expect(error.code === StatusCode.UNIMPLEMENTED, `the code is ${error.code}: ${error.message}`);
  },

  // The page is not one of those that may call: the browser keeps the answer from it.
  async forbidden(probe) {
    const error = await failure(probe.unary('Echo', bytes('x')));
    expect(error.code === StatusCode.UNKNOWN || error.code === StatusCode.UNAVAILABLE, `the code is ${error.code}: ${error.message}`);
  },
};

window.play = async (scenario, target, format) => {
  try {
    await scenarios[scenario](new Probe(target, format));
    return '';
  } catch (error) {
    return `${scenario} (${format}): ${error.message || error}`;
  }
};
