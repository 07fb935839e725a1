{{/*
What the pods of gateway, workers, sweeper and drop have in common. Each takes a dict: root, component, pool (optional),
values (the component's), and what is named below.
*/}}

{{/* Without the chart's version, so that a new chart restarts only what it changes. */}}
{{- define "readfleet.podLabels" -}}
{{ include "readfleet.selector" . }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "readfleet.podMetadata" -}}
labels:
  {{- include "readfleet.podLabels" . | nindent 2 }}
  {{- if and (eq .root.Values.documents.store "azureBlob") .root.Values.documents.azureBlob.workloadIdentity.enabled }}
  azure.workload.identity/use: "true"
  {{- end }}
  {{- if .root.Values.metrics.enabled }}
  readfleet/metrics: "true"
  {{- end }}
  {{- with .values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  checksum/settings: {{ include (print .root.Template.BasePath "/configmap.yaml") .root | sha256sum }}
  {{- with .values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "readfleet.pullSecrets" -}}
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Nothing here calls the Kubernetes API, and variables of services would look like settings. */}}
{{- define "readfleet.podSecurity" -}}
serviceAccountName: {{ include "readfleet.serviceAccount" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- include "readfleet.pullSecrets" .root }}
securityContext:
  {{- toYaml .root.Values.podSecurityContext | nindent 2 }}
{{- end }}

{{- define "readfleet.placement" -}}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $affinity := deepCopy .values.affinity }}
{{- with .values.cpuFeatures }}
{{- if ne .mode "none" }}
{{- $_ := set $affinity "nodeAffinity" (include "readfleet.cpuAffinity" . | fromYaml) }}
{{- end }}
{{- end }}
{{- with $affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  {{- $constraint := deepCopy . }}
  {{- if not .labelSelector }}
  {{- $_ := set $constraint "labelSelector" (dict "matchLabels" (include "readfleet.selector" $ | fromYaml)) }}
  {{- end }}
  - {{ toYaml $constraint | indent 4 | trim }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "readfleet.cpuAffinity" -}}
{{- $terms := list -}}
{{- range .features -}}
{{- $terms = append $terms (dict "key" (printf "feature.node.kubernetes.io/cpu-cpuid.%s" .) "operator" "In" "values" (list "true")) -}}
{{- end -}}
{{- if eq .mode "required" -}}
requiredDuringSchedulingIgnoredDuringExecution:
  nodeSelectorTerms:
    - matchExpressions: {{- toYaml $terms | nindent 8 }}
{{- else -}}
preferredDuringSchedulingIgnoredDuringExecution:
  - weight: 100
    preference:
      matchExpressions: {{- toYaml $terms | nindent 8 }}
{{- end -}}
{{- end }}

{{/* The environment of a container. Takes also: env (YAML of variables of its own). */}}
{{- define "readfleet.containerEnvironment" -}}
envFrom:
  - configMapRef:
      name: {{ include "readfleet.fullname" .root }}-settings
  {{- with .root.Values.extraEnvFrom }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
env:
  {{- with .env }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- include "readfleet.environment" (dict "root" .root "extra" .values.extraEnv) | trim | nindent 2 }}
{{- end }}

{{- define "readfleet.metricsPort" -}}
{{- if .Values.metrics.enabled -}}
- name: metrics
  containerPort: {{ .Values.metrics.port }}
{{- end -}}
{{- end }}

{{/* Of who renews a file while all is well: worker, sweeper, drop. Takes also: startSeconds, until the first time. */}}
{{- define "readfleet.heartbeatProbes" -}}
# Never Redis, whose outage a restart of every process would only prolong.
startupProbe:
  exec: {command: {{ include "readfleet.heartbeatProbe" . }}}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: {{ div .startSeconds 5 }}
livenessProbe:
  exec: {command: {{ include "readfleet.heartbeatProbe" . }}}
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 3
{{- end }}

{{- define "readfleet.heartbeatProbe" -}}
[sh, -c, 'test -n "$(find /run/readfleet/heartbeat -newermt "-30 seconds")"']
{{- end }}

{{- define "readfleet.heartbeatEnvironment" -}}
- name: READFLEET_HEARTBEAT_FILE
  value: /run/readfleet/heartbeat
{{- end }}

{{- define "readfleet.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if has .component (list "worker" "sweeper" "drop") }}
- name: run
  mountPath: /run/readfleet
{{- end }}
{{- if eq .root.Values.documents.store "volume" }}
- name: documents
  mountPath: /data
  {{- if eq .component "worker" }}
  # Who opens documents of strangers gets no say over the others.
  readOnly: true
  {{- end }}
{{- end }}
{{- with (include "readfleet.redis" .root | fromYaml).caSecret }}
- name: redis-ca
  mountPath: /etc/readfleet/redis
  readOnly: true
{{- end }}
{{- with .root.Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "readfleet.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: {{ .values.tmpSize }}
{{- if has .component (list "worker" "sweeper" "drop") }}
- name: run
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
{{- end }}
{{- if eq .root.Values.documents.store "volume" }}
- name: documents
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-documents" (include "readfleet.fullname" .root)) .root.Values.documents.volume.existingClaim }}
{{- end }}
{{- $redis := include "readfleet.redis" .root | fromYaml }}
{{- if $redis.caSecret }}
- name: redis-ca
  secret:
    secretName: {{ $redis.caSecret }}
    items:
      - key: {{ $redis.caKey }}
        path: ca.crt
{{- end }}
{{- with .root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Takes a dict: root, component, name, budget, pool (optional). */}}
{{- define "readfleet.podDisruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels:
    {{- include "readfleet.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .budget.maxUnavailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "readfleet.selector" . | nindent 6 }}
{{- end }}
