import { config, stats } from '../model/live.ts';
import { linkTo } from '../model/location.ts';
import { commandText, firstCode, firstCommand } from '../model/welcome.ts';
import { CopyBlock } from './copy-block.tsx';
import { Wire } from './wire.tsx';

/** Before the first request: what makes something appear. It goes away by itself. */
export function Welcome() {
  const server = config.value;
  if (!server) return null;
  if (server.engine) return <NoHosts engine={server.engine} />;
  const command = commandText(server.command);
  const samples = stats.value?.samples ?? 0;
  return (
    <section class="welcome">
      <h1>Waiting for the first request</h1>
      {samples > 0 ? (
        <p>
          {samples} samples have come, none of them of a route in this window. See them in{' '}
          <a href={linkTo('metrics')} data-view>
            Metrics
          </a>{' '}
          and{' '}
          <a href={linkTo('raw')} data-view>
            Raw
          </a>
          .
        </p>
      ) : null}
      {command ? (
        <p>
          <code>
            <Wire text={command} />
          </code>{' '}
          is running. As soon as it answers a request, its route stands here.
        </p>
      ) : (
        <>
          <p>Run your app like this, send it a request, and its route stands here:</p>
          <CopyBlock text={firstCommand(server)} label="the command" />
          <p>Or take the route meter into your code:</p>
          <CopyBlock text={firstCode(server)} label="the four lines" />
          <p>
            Anything that speaks StatsD can send to <code>{server.udp}</code>, in any language.
          </p>
        </>
      )}
    </section>
  );
}

/** Over an engine nothing is to be done here: it is the collectors that write. */
function NoHosts({ engine }: { engine: string }) {
  return (
    <section class="welcome">
      <h1>Waiting for the first collector</h1>
      <p>
        No requests of this window are in <code>{engine}</code>. On each host, a collector writes what its
        apps send:
      </p>
      <CopyBlock text={`npx routemeter-live --write ${engine}`} label="the command" />
      <p>Ten seconds after its first request, its routes stand here.</p>
    </section>
  );
}
