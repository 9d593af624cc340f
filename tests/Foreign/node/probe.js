'use strict';

// The service that both ends of an interop test speak: raw bytes, no generated code.
const grpc = require('@grpc/grpc-js');

const identity = (bytes) => bytes;

function method(name, requestStream, responseStream) {
  return {
    path: `/interop.v1.Probe/${name}`,
    requestStream,
    responseStream,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  };
}

// UPPER names beside python's: one list for both.
const Probe = {
  Echo: method('Echo', false, false),
  Count: method('Count', false, true), // "N SIZE": N messages of SIZE bytes, each beginning with its number and a space
  Sum: method('Sum', true, false), // "MESSAGES BYTES"
  Chat: method('Chat', true, true), // each message comes back
  Meta: method('Meta', false, false), // x-* metadata come back as headers, and as trailers with "-t"
  Fail: method('Fail', false, false), // FAILED_PRECONDITION with details, without a head
  FailLate: method('FailLate', false, true), // two messages, then ABORTED
  FailEarly: method('FailEarly', true, false), // OUT_OF_RANGE after the first message
  Hang: method('Hang', false, true), // one message, then nothing
  Remaining: method('Remaining', false, false), // milliseconds to the deadline, or "none"
  Cancelled: method('Cancelled', false, false), // how many calls of Hang were cancelled
};

module.exports = { grpc, Probe };
