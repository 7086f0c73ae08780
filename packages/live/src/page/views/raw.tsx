import { raw as loadRaw } from '../api/client.ts';
import { ForwardTable } from '../components/forward-table.tsx';
import { Frame } from '../components/frame.tsx';
import { RejectedTable } from '../components/rejected-table.tsx';
import { Rules } from '../components/rules.tsx';
import { SearchBox } from '../components/search-box.tsx';
import { Wire } from '../components/wire.tsx';
import { clock, whole } from '../model/formatting.ts';
import { engine } from '../model/live.ts';
import { useLoad } from '../model/load.ts';
import { amend, place } from '../model/location.ts';
import { fitting, visible } from '../model/raw-lines.ts';
import { isTouch } from '../model/touch.ts';

/** Asked for, so that a filter has something to choose from; shown, so that scrolling stays smooth. */
const ASKED = 2000;
const SHOWN = 300;
const LONGEST = 2000;

/** The last lines as they came: what tcpdump was used for. */
export function Raw() {
  const { query } = place.value;
  const text = query.get('q') ?? '';
  const errorsOnly = query.get('errors') === '1';
  const { data } = useLoad('raw', (signal) => loadRaw(ASKED, signal));
  const all = data?.lines ?? [];
  const lines = fitting(all, text, errorsOnly);
  return (
    <Frame
      byHost={false}
      toolbar={
        <>
          <SearchBox label="Filter lines" value={text} onChange={(q) => amend({ q })} />
          <button
            type="button"
            class="button"
            aria-pressed={errorsOnly}
            onClick={() => amend({ errors: errorsOnly ? null : '1' })}
          >
            only errors
          </button>
        </>
      }
    >
      {engine.value ? (
        <p class="notice">
          Only lines that came to this server itself. Those of the fleet came to its collectors; each shows
          its own.
        </p>
      ) : null}
      {engine.value ? null : (
        <>
          <Rules />
          <RejectedTable />
          <ForwardTable />
        </>
      )}
      <p class="raw-count muted">
        {all.length === 0 && data
          ? 'No line has come yet.'
          : `${whole(lines.length)} of the last ${whole(all.length)} lines, newest first${isTouch.value ? '' : '; p pauses'}`}
      </p>
      <table class="raw">
        <caption class="unseen">Lines received, newest first</caption>
        <colgroup>
          <col class="raw-time" />
          <col />
        </colgroup>
        <tbody>
          {lines.slice(0, SHOWN).map((line, index) => (
            <tr key={index} class={line.error === undefined ? undefined : 'bad'}>
              <td class="raw-time">
                {clock(line.at)}
                <span>.{String(line.at % 1000).padStart(3, '0')}</span>
              </td>
              <td class="raw-text">
                <code>
                  <Wire text={visible(line.text)} limit={LONGEST} />
                </code>
                {line.readAs === undefined ? null : (
                  <span class="raw-read">
                    <Wire text={visible(line.readAs)} limit={LONGEST} />
                  </span>
                )}
                {line.error === undefined ? null : (
                  <span class="raw-error">
                    <Wire text={visible(line.error)} />
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Frame>
  );
}
