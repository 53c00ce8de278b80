/** What the keyboard does. Opened without a script; the switch is the script's. */
const KEYS = [
  ['/', 'search'],
  ['j', 'next row'],
  ['k', 'row before'],
  ['Enter', 'open it'],
  ['p', 'pause or resume'],
  ['a', 'abort: asks first'],
  ['?', 'this help'],
  ['Esc', 'close'],
];

export function Keys() {
  return (
    <div id="keys" popover="auto" role="dialog" aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <dl>
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label>
        <input type="checkbox" id="keys-on" defaultChecked /> single keys are on, in this browser
      </label>
      <p>
        <button type="button" popovertarget="keys" popovertargetaction="hide">
          Close
        </button>
      </p>
    </div>
  );
}
