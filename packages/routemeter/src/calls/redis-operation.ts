import type { Calls } from './calls.ts';
import type { CallName, NameKeeper } from './names.ts';

/** Redis 8 and its modules. A list, since what callers give as a command may be anything. */
const COMMANDS = new Set(
  (
    'acl append asking auth bf.add bf.exists bf.madd bf.mexists bf.reserve bgrewriteaof bgsave bitcount ' +
    'bitfield bitfield_ro bitop bitpos blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin ' +
    'cf.add cf.exists client cluster command config copy dbsize debug decr decrby del discard dump echo ' +
    'eval eval_ro evalsha evalsha_ro exec exists expire expireat expiretime failover fcall fcall_ro ' +
    'flushall flushdb ft.aggregate ft.create ft.info ft.search function geoadd geodist geohash geopos ' +
    'georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch geosearchstore get getbit ' +
    'getdel getex getrange getset hdel hello hexists hexpire hexpireat hexpiretime hget hgetall hgetdel ' +
    'hgetex hincrby hincrbyfloat hkeys hlen hmget hmset hpersist hpexpire hpexpireat hpexpiretime hpttl ' +
    'hrandfield hscan hset hsetex hsetnx hstrlen httl hvals incr incrby incrbyfloat info json.arrappend ' +
    'json.del json.get json.mget json.mset json.numincrby json.set keys lastsave latency lcs lindex ' +
    'linsert llen lmove lmpop lolwut lpop lpos lpush lpushx lrange lrem lset ltrim memory mget migrate ' +
    'module monitor move mset msetex msetnx multi object persist pexpire pexpireat pexpiretime pfadd ' +
    'pfcount pfdebug pfmerge pfselftest ping psetex psubscribe psync pttl publish pubsub punsubscribe ' +
    'quit randomkey readonly readwrite rename renamenx replicaof reset restore role rpop rpoplpush rpush ' +
    'rpushx sadd save scan scard script sdiff sdiffstore select set setbit setex setnx setrange shutdown ' +
    'sinter sintercard sinterstore sismember slaveof slowlog smembers smismember smove sort sort_ro spop ' +
    'spublish srandmember srem sscan ssubscribe strlen subscribe substr sunion sunionstore sunsubscribe ' +
    'swapdb sync time touch ts.add ts.get ts.madd ts.mget ts.mrange ts.range ttl type unlink unsubscribe ' +
    'unwatch vadd vcard vdim vemb vgetattr vinfo vlinks vrandmember vrem vsetattr vsim wait waitaof watch ' +
    'xack xackdel xadd xautoclaim xclaim xdel xdelex xgroup xinfo xlen xpending xrange xread xreadgroup ' +
    'xrevrange xsetid xtrim zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore ' +
    'zlexcount zmpop zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore ' +
    'zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore ' +
    'zrevrank zscan zscore zunion zunionstore'
  ).split(' '),
);

/** What clients ask by themselves when they connect. */
export const HANDSHAKE = new Set(['hello', 'client', 'auth', 'select', 'info', 'readonly']);

/** A command as a name may have it, and the name that its last call had. */
export class RedisOperation implements NameKeeper {
  /** `GET`; `other` for what is none of Redis'. */
  readonly text: string;
  /** A client may ask it by itself. */
  readonly asksItself: boolean;
  name: CallName | null = null;

  constructor(text: string, asksItself = false) {
    this.text = text;
    this.asksItself = asksItself;
  }
}

const known = new Map<string, RedisOperation>();
for (const command of COMMANDS) {
  const operation = new RedisOperation(command.toUpperCase(), HANDSHAKE.has(command));
  known.set(command, operation);
  known.set(operation.text, operation);
}
/** What asks sentinels is among these. */
const OTHER_COMMAND = new RedisOperation('other', true);

/** The last one of Redis' commands, often the next one too. */
let last = OTHER_COMMAND;
let lastCommand = '';

export function redisOperation(command: unknown): RedisOperation {
  if (command === lastCommand) return last;
  const text = typeof command === 'string' ? command : String(command);
  const operation = known.get(text);
  if (operation === undefined) return known.get(text.slice(0, 40).toLowerCase()) ?? OTHER_COMMAND;
  lastCommand = text;
  last = operation;
  return operation;
}

/** The name of a call of Redis. */
export function redisName(calls: Calls, peer: string, operation: RedisOperation): CallName {
  return calls.keptName(operation, 'db', 'redis', peer, operation.text);
}
