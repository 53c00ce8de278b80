/** The lab's Envoy before the lab's Temporal, with TLS: one listener wants a client certificate, the other a bearer. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority, makeCertificate } from '../../../lab/control-plane/pki.ts';
import { envoyArguments } from '../../../lab/kubelet/envoy.ts';
import { eventually, lab } from '../../support/lab/cluster.ts';

/** A name, not an address: only names are sent with TLS. */
const HOST = 'localhost';
const PORTS = { certificate: 17443, bearer: 17444, admin: 17900 };

export const BEARER = 'the-right-key';

export class Front {
  readonly wantsCertificate = `${HOST}:${PORTS.certificate}`;
  readonly wantsBearer = `${HOST}:${PORTS.bearer}`;
  /** Authority of the server's certificate, and of `client`; `stranger` has another. */
  readonly ca: string;
  private readonly dir: string;
  private readonly envoy: ChildProcess;

  private constructor(dir: string, envoy: ChildProcess) {
    this.dir = dir;
    this.ca = join(dir, 'own', 'ca.crt');
    this.envoy = envoy;
  }

  static async start(): Promise<Front> {
    const dir = mkdtempSync(join(tmpdir(), 'sluice-front-'));
    for (const folder of ['own', 'other']) {
      mkdirSync(join(dir, folder));
      await makeAuthority(join(dir, folder));
    }
    await makeCertificate(join(dir, 'own'), 'server', '/CN=temporal', `subjectAltName=DNS:${HOST}`);
    await makeCertificate(join(dir, 'own'), 'client', '/CN=client');
    await makeCertificate(join(dir, 'other'), 'stranger', '/CN=stranger');
    const bootstrap = join(dir, 'envoy.json');
    writeFileSync(bootstrap, JSON.stringify(config(dir)));
    const log = openSync(join(dir, 'envoy.log'), 'a');
    const envoy = spawn(lab.bin.envoy as string, envoyArguments(bootstrap), { stdio: ['ignore', log, log] });
    const ready = `http://127.0.0.1:${PORTS.admin}/ready`;
    await eventually(() => fetch(ready).then(({ ok }) => ok), `Envoy is ready, see ${dir}/envoy.log`, 20_000);
    return new Front(dir, envoy);
  }

  /** Settings with the certificate of `client`, or that of `stranger`. */
  certificate(name: 'client' | 'stranger'): NodeJS.ProcessEnv {
    const file = join(this.dir, name === 'client' ? 'own' : 'other', name);
    return {
      TEMPORAL_ADDRESS: this.wantsCertificate,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: this.ca,
      TEMPORAL_TLS_CLIENT_CERT_PATH: `${file}.crt`,
      TEMPORAL_TLS_CLIENT_KEY_PATH: `${file}.key`,
    };
  }

  /** Settings with a key, in a profile. */
  bearer(key: string): NodeJS.ProcessEnv {
    const file = join(mkdtempSync(join(this.dir, 'profile-')), 'temporal.toml');
    const profile = { address: this.wantsBearer, api_key: key, 'tls.server_ca_cert_path': this.ca };
    const lines = Object.entries(profile).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    writeFileSync(file, ['[profile.cloud]', ...lines].join('\n'));
    return { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'cloud', TEMPORAL_ADDRESS: undefined };
  }

  /** Names of the calls that got through to Temporal so far and have ended. */
  calls(listener: 'certificate' | 'bearer'): Set<string | undefined> {
    const lines = readFileSync(join(this.dir, `${listener}.log`), 'utf8').split('\n');
    return new Set(lines.map((path) => path.split('/').at(-1)));
  }

  stop(): void {
    this.envoy.kill();
  }
}

const EXTENSIONS = 'type.googleapis.com/envoy.extensions';

function config(dir: string): object {
  const pki = join(dir, 'own');
  const certificates = [
    {
      certificate_chain: { filename: join(pki, 'server.crt') },
      private_key: { filename: join(pki, 'server.key') },
    },
  ];
  const onlyOurs = { validation_context: { trusted_ca: { filename: join(pki, 'ca.crt') } } };
  return {
    admin: { address: address(PORTS.admin) },
    static_resources: {
      listeners: [
        listener('certificate', { dir, certificates, require: onlyOurs, filters: [] }),
        listener('bearer', { dir, certificates, filters: [bearerOnly()] }),
      ],
      clusters: [temporal()],
    },
  };
}

interface ListenerOptions {
  /** Of the log. */
  dir: string;
  certificates: object[];
  /** What a client certificate must have; absent: none is asked for. */
  require?: object;
  filters: object[];
}

function listener(name: keyof typeof PORTS, { dir, certificates, require, filters }: ListenerOptions): object {
  const tls = { alpn_protocols: ['h2'], tls_certificates: certificates, ...require };
  const route = { match: { prefix: '/' }, route: { cluster: 'temporal', timeout: '0s' } };
  const http = {
    '@type': `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    stream_idle_timeout: '0s',
    route_config: { virtual_hosts: [{ name, domains: ['*'], routes: [route] }] },
    access_log: [accessLog(join(dir, `${name}.log`))],
    http_filters: [...filters, filter('router', 'router.v3.Router')],
  };
  const secured = {
    '@type': `${EXTENSIONS}.transport_sockets.tls.v3.DownstreamTlsContext`,
    require_client_certificate: require !== undefined,
    common_tls_context: tls,
  };
  const chain = {
    transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: secured },
    filters: [{ name: 'http', typed_config: http }],
  };
  return { name, address: address(PORTS[name]), filter_chains: [chain] };
}

function accessLog(path: string): object {
  const format = { text_format_source: { inline_string: '%REQ(:PATH)%\n' } };
  const file = { '@type': `${EXTENSIONS}.access_loggers.file.v3.FileAccessLog`, path, log_format: format };
  return { name: 'file', typed_config: file };
}

/** Every request without the key is denied. */
function bearerOnly(): object {
  const header = { name: 'authorization', string_match: { exact: `Bearer ${BEARER}` } };
  const key = { permissions: [{ any: true }], principals: [{ header }] };
  return filter('rbac', 'rbac.v3.RBAC', { rules: { action: 'ALLOW', policies: { key } } });
}

function filter(name: string, type: string, more: object = {}): object {
  return { name, typed_config: { '@type': `${EXTENSIONS}.filters.http.${type}`, ...more } };
}

function temporal(): object {
  const options = 'upstreams.http.v3.HttpProtocolOptions';
  const http2 = { '@type': `${EXTENSIONS}.${options}`, explicit_http_config: { http2_protocol_options: {} } };
  const [, port] = lab.temporal.split(':');
  const endpoint = { address: address(Number(port)) };
  return {
    name: 'temporal',
    type: 'STATIC',
    typed_extension_protocol_options: { [`envoy.extensions.${options}`]: http2 },
    load_assignment: { cluster_name: 'temporal', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}

function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
