import { dump } from 'js-yaml';
import { API_VERSION } from '../../api/kinds.ts';
import { BUILT_IN_POLICY, DEFAULT_POLICY_NAME } from '../../policy/default-policy.ts';

const COMMENT = `# What holds for every probe, whatever other policies there are: the default policy that is built in. Others only take away.
# Another one takes its place as the value policy.default of the chart, which takes the spec below; what that leaves out of
# defaults stays as it is here. davylamp lint and local take a file like this one as --default-policy, a PolicyTest takes
# it as defaultPolicy.
`;

/** The built-in default policy as an object of the cluster. */
export function defaultManifest() {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterInstrumentationPolicy',
    metadata: { name: DEFAULT_POLICY_NAME },
    spec: BUILT_IN_POLICY,
  };
}

/** The same as YAML, with what it is for. */
export function defaultManifestYaml(): string {
  return COMMENT + dump(defaultManifest(), { lineWidth: 120, noRefs: true });
}
