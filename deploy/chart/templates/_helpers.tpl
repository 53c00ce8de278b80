{{/* Labels of an object. Argument: (list $ "sluice-server") */}}
{{- define "sluice.labels" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/part-of: sluice
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
{{- end }}

{{- define "sluice.image" -}}
image: {{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{/* Pods of ours meet the profile `restricted`. The image's user has a name: a number shows the kubelet that it is not root. */}}
{{- define "sluice.pod" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets:{{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "sluice.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{- define "sluice.keys" -}}
{{ .Values.keys.existingSecret | default "sluice-keys" }}
{{- end }}

{{- define "sluice.temporal" -}}
{{ eq .Values.temporal.mode "dev" | ternary (printf "sluice-temporal.%s:7233" .Release.Namespace) .Values.temporal.address }}
{{- end }}

{{/* How Temporal is reached: docs/use/connection.md */}}
{{- define "sluice.temporalEnv" -}}
{{- $tls := .Values.temporal.tls -}}
- { name: TEMPORAL_ADDRESS, value: {{ include "sluice.temporal" . | quote }} }
- { name: TEMPORAL_NAMESPACE, value: {{ .Values.temporal.namespace | quote }} }
{{- if $tls.enabled }}
- { name: TEMPORAL_TLS, value: 'true' }
{{- end }}
{{- with $tls.serverName }}
- { name: TEMPORAL_TLS_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- with $tls.ca.existingSecret }}
- { name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /etc/sluice/temporal-ca/ca.crt }
{{- end }}
{{- with $tls.client.existingSecret }}
- { name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /etc/sluice/temporal-client/tls.crt }
- { name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /etc/sluice/temporal-client/tls.key }
{{- end }}
{{- with .Values.temporal.apiKey.existingSecret }}
- { name: TEMPORAL_API_KEY, valueFrom: { secretKeyRef: { name: {{ . }}, key: api-key } } }
{{- end }}
{{- end }}

{{/* Secrets by the folder below /etc/sluice where a container has them. Arguments: $, those of server or worker */}}
{{- define "sluice.secrets" -}}
{{- $secrets := dict -}}
{{- with (index . 0).Values.temporal.tls.ca.existingSecret }}{{ $_ := set $secrets "temporal-ca" . }}{{ end -}}
{{- with (index . 0).Values.temporal.tls.client.existingSecret }}{{ $_ := set $secrets "temporal-client" . }}{{ end -}}
{{- range (index . 1) }}{{ $_ := set $secrets (printf "secrets/%s" .) . }}{{ end -}}
{{ toYaml $secrets }}
{{- end }}

{{- define "sluice.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- range $path, $_ := . }}
- { name: {{ regexReplaceAll "[/.]" $path "-" }}, mountPath: /etc/sluice/{{ $path }}, readOnly: true }
{{- end }}
{{- end }}

{{- define "sluice.volumes" -}}
- { name: tmp, emptyDir: { medium: Memory, sizeLimit: 64Mi } }
{{- range $path, $secret := . }}
- { name: {{ regexReplaceAll "[/.]" $path "-" }}, secret: { secretName: {{ $secret }} } }
{{- end }}
{{- end }}

{{/* Volumes of server and worker: as folders, so that what changes arrives */}}
{{- define "sluice.fileMounts" -}}
- { name: installation, mountPath: /etc/sluice/installation }
- { name: plans, mountPath: /etc/sluice/plans }
{{- end }}

{{- define "sluice.fileVolumes" -}}
- { name: installation, configMap: { name: sluice-installation } }
- { name: plans, configMap: { name: {{ .Values.plans.existingConfigMap | default "sluice-plans" }} } }
{{- end }}

{{/* A plain file of deploy/ for this release: its namespace, and what is for a namespace with plans once for each. Arguments: $, name */}}
{{- define "sluice.file" -}}
{{- $root := index . 0 -}}
{{- $here := $root.Release.Namespace -}}
{{- range regexSplit "(?m)^---$" ($root.Files.Get (printf "files/%s" (index . 1))) -1 }}
{{- /* a name that no namespace has, or that of this release could be one of the examples */}}
{{- $text := . | replace "namespace: demo" "namespace: @plans" | replace "namespace: sluice" (printf "namespace: %s" $here) | replace "serviceaccount:sluice:" (printf "serviceaccount:%s:" $here) | trim }}
{{- if contains "@plans" $text }}
{{- range $root.Values.namespaces }}
---
{{ $text | replace "@plans" . }}
{{- end }}
{{- else if not (contains "\nkind: Namespace\n" $text) }}
---
{{ $text }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sluice.keysHook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
