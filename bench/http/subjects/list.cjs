/**
 * What is compared, in the order of the tables. A subject has
 * - `name`, `frameworks`, `handlers`: where it can be measured; `rival`: the folder of `bench/rivals` it needs;
 * - `argv`, `env`: how its process is started;
 * - `start`: in that process, before the framework is loaded: `{ plug(app), timed?, flush?, stats? }`;
 * - `isFloor`: it measures nothing, and is compared where a request has no network around it;
 * - `isBefore`: an earlier build, compared where one is given;
 * - `reports`: whether what it sent, or shows when it is asked, tells of the one request made so far.
 */
const files = ['bare', 'floor', 'routemeter', 'hot-shots', 'prometheus', 'opentelemetry', 'dd-trace'];

exports.SUBJECTS = files.flatMap((file) => require(`./${file}.cjs`).subjects);

exports.subjectOf = (name) => exports.SUBJECTS.find((subject) => subject.name === name);
