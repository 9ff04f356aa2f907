{{/* Names are fixed: the operator's certificate, the agents and the webhook refer to them, and a cluster has one Davylamp. */}}

{{- define "davylamp.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "davylamp.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: davylamp
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "davylamp.selectorLabels" -}}
app.kubernetes.io/name: davylamp
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "davylamp.image" -}}
{{ .image.repository }}:{{ .image.tag | default .appVersion }}
{{- end }}

{{/* Of the objects of a hook: the name of the operator's subcommand is the component. */}}
{{- define "davylamp.hook.labels" -}}
app.kubernetes.io/name: davylamp
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* The pod of a job that runs a subcommand of the operator; without an account it has no token. */}}
{{- define "davylamp.hook.pod" -}}
metadata:
  labels:
    {{- include "davylamp.hook.labels" . | nindent 4 }}
    davylamp.dev/inject: "false"
spec:
  restartPolicy: Never
  {{- with .account }}
  serviceAccountName: {{ . }}
  {{- else }}
  automountServiceAccountToken: false
  {{- end }}
  enableServiceLinks: false
  {{- with .root.Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: {{ .component }}
      image: {{ include "davylamp.image" (dict "image" .root.Values.image "appVersion" .root.Chart.AppVersion) | quote }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: [{{ .component }}]
      env:
        {{- include .env .root | nindent 8 }}
      resources:
        requests: {cpu: 50m, memory: 128Mi}
        limits: {cpu: "1", memory: 512Mi}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
  {{- with .root.Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .root.Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
