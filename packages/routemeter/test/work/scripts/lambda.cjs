// A function of AWS Lambda with handlers of each kind; `LIBRARY` is the file of the build.
const { lambdaMeter } = require(process.env.LIBRARY);

const later = () => new Promise((resolve) => setTimeout(resolve, 2));
exports.async = lambdaMeter(async (event, context) => {
  await later();
  if (event.fail) throw new RangeError('no');
  return { got: event.id, left: context.getRemainingTimeInMillis() > 0 };
});

exports.callback = lambdaMeter((event, _context, callback) => {
  if (event.throws) throw new TypeError('at once');
  setTimeout(() => (event.fail ? callback(new RangeError('no')) : callback(null, { got: event.id })), 2);
});

exports.stream =
  globalThis.awslambda &&
  lambdaMeter(
    globalThis.awslambda.streamifyResponse(async (event, stream) => {
      stream.write('part one, ');
      await later();
      stream.end(`part ${event.id}`);
      await stream.finished?.();
    }),
  );

const named = { name: 'orders', kind: 'message', system: 'aws_sqs', tags: { team: 'shop' } };
exports.named = lambdaMeter(async () => 'done', named);
