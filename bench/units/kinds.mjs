// What the one who sends units and the one who runs them must agree about.

/** As a backend has them. */
export const AT_ONCE = 10;

const serialize = (text) => Buffer.from(text);
const deserialize = (bytes) => bytes.toString();

/** The method of gRPC, in the library's words. */
export const HELLO = {
  path: '/bench.Greeter/Hello',
  requestStream: false,
  responseStream: false,
  requestSerialize: serialize,
  requestDeserialize: deserialize,
  responseSerialize: serialize,
  responseDeserialize: deserialize,
};
