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
