{{- define "readfleet.keyPrefix" -}}
{{- default (printf "%s.%s" .Release.Namespace (include "readfleet.fullname" .)) .Values.settings.key_prefix -}}
{{- end }}

{{- define "readfleet.publicUrl" -}}
{{- if .Values.settings.public_url -}}
{{- .Values.settings.public_url -}}
{{- else if and .Values.gateway.ingress.enabled .Values.gateway.ingress.tls -}}
https://{{ first .Values.gateway.ingress.hosts }}
{{- end -}}
{{- end }}

{{/*
Where Redis or Valkey is, as YAML: addresses, ports (of all that is connected to), database, username, secret, passwordKey,
urlKey, tls, caSecret, caKey, and of sentinels service, sentinelSecret, sentinelPasswordKey.
*/}}
{{- define "readfleet.redis" -}}
{{- if .Values.valkey.enabled -}}
addresses: ["{{ include "readfleet.fullname" . }}-valkey:6379"]
ports: [6379]
database: 0
username: ""
secret: {{ default (printf "%s-valkey" (include "readfleet.fullname" .)) .Values.valkey.existingSecret }}
passwordKey: {{ .Values.valkey.passwordKey }}
urlKey: ""
tls: false
caSecret: ""
service: ""
sentinelSecret: ""
{{- else -}}
{{- with .Values.externalRedis -}}
{{- $sentinels := .sentinel.addresses }}
addresses: {{ default (ternary (list (printf "%s:%d" .host (int .port))) list (not (empty .host))) $sentinels | toJson }}
ports:
  - {{ .port | int }}
  {{- range $sentinels }}
  - {{ splitList ":" . | last | int }}
  {{- end }}
database: {{ .database | int }}
username: {{ .username | quote }}
secret: {{ .existingSecret | quote }}
passwordKey: {{ .passwordKey }}
urlKey: {{ .urlKey | quote }}
tls: {{ .tls.enabled }}
caSecret: {{ .tls.caSecret | quote }}
caKey: {{ .tls.caKey }}
service: {{ ternary .sentinel.service "" (not (empty $sentinels)) | quote }}
sentinelSecret: {{ .sentinel.existingSecret | quote }}
sentinelPasswordKey: {{ .sentinel.passwordKey }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Environment that all our processes share. Takes a dict: root, extra. Secrets stay references. */}}
{{- define "readfleet.environment" -}}
{{- $redis := include "readfleet.redis" .root | fromYaml -}}
{{- if $redis.urlKey }}
- name: READFLEET_REDIS_URL
  valueFrom:
    secretKeyRef:
      name: {{ $redis.secret }}
      key: {{ $redis.urlKey }}
{{- else }}
{{- $scheme := printf "%s%s" (ternary "rediss" "redis" $redis.tls) (ternary "+sentinel" "" (not (empty $redis.service))) }}
{{- $user := ternary (printf "%s@" $redis.username) "" (not (empty $redis.username)) }}
{{- $query := list }}
{{- with $redis.service }}
{{- $query = append $query (printf "service=%s" .) }}
{{- end }}
{{- if $redis.caSecret }}
{{- $query = append $query "ssl_ca_certs=/etc/readfleet/redis/ca.crt" }}
{{- end }}
- name: READFLEET_REDIS_URL
  value: {{ printf "%s://%s%s/%d%s%s" $scheme $user (join "," $redis.addresses) (int $redis.database) (ternary "?" "" (not (empty $query))) (join "&" $query) | quote }}
{{- if $redis.secret }}
- name: READFLEET_REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $redis.secret }}
      key: {{ $redis.passwordKey }}
{{- end }}
{{- if $redis.sentinelSecret }}
- name: READFLEET_REDIS_SENTINEL_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $redis.sentinelSecret }}
      key: {{ $redis.sentinelPasswordKey }}
{{- end }}
{{- end }}
{{- if eq .root.Values.documents.store "azureBlob" }}
{{- with .root.Values.documents.azureBlob }}
- name: READFLEET_DOCUMENTS_CONTAINER
  value: {{ .container | quote }}
{{- if .existingSecret }}
- name: READFLEET_AZURE_STORAGE_CONNECTION_STRING
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: {{ .connectionStringKey }}
{{- else }}
- name: READFLEET_AZURE_STORAGE_ACCOUNT_URL
  value: {{ .accountUrl | quote }}
{{- end }}
{{- end }}
{{- else }}
- name: READFLEET_DOCUMENTS_DIR
  value: /data/documents
{{- end }}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- with .extra }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* What workers of a pool are told beyond that. Takes a dict: root, pool. */}}
{{- define "readfleet.workerEnvironment" -}}
- name: READFLEET_MODE
  value: {{ .pool.mode }}
- name: READFLEET_CONCURRENCY
  value: {{ .pool.concurrency | quote }}
- name: READFLEET_THREADS
  value: {{ .pool.threads | quote }}
- name: READFLEET_CHILD_MEMORY_BYTES
  value: {{ include "readfleet.childBytes" .pool | quote }}
- name: READFLEET_RUN_DIR
  value: /run/readfleet
- name: READFLEET_QUEUES
  value: {{ join "," .pool.queues | quote }}
{{- if include "readfleet.languages" .root | fromYamlArray }}
- name: READFLEET_LANGUAGES
  value: {{ include "readfleet.ownLanguages" .pool | fromYamlArray | join "," | quote }}
{{- end }}
{{ include "readfleet.heartbeatEnvironment" .root }}
{{- end }}

{{/* What the drop is told beyond that: where to look, and where to put results. */}}
{{- define "readfleet.dropEnvironment" -}}
{{- with .Values.drop -}}
- name: READFLEET_DROP_CONTAINER
  value: {{ .container | quote }}
- name: READFLEET_DROP_PREFIX
  value: {{ .prefix | quote }}
- name: READFLEET_RESULTS_CONTAINER
  value: {{ .resultsContainer | quote }}
- name: READFLEET_RESULTS_PREFIX
  value: {{ .resultsPrefix | quote }}
{{- with .resources.limits }}
{{- with .memory }}
{{- /* 320 MiB are for the watcher and the process that forks the makers of PDFs. */}}
- name: READFLEET_CHILD_MEMORY_BYTES
  value: {{ mul (max 512 (min 4096 (sub (include "readfleet.mebibytes" . | int) 320))) 1048576 | quote }}
{{- end }}
{{- end }}
{{- with .queue }}
- name: READFLEET_DROP_QUEUE
  value: {{ . | quote }}
{{- end }}
{{- with .noticesQueue }}
- name: READFLEET_DROP_NOTICES_QUEUE
  value: {{ . | quote }}
{{- end }}
{{- if .queueAccount.existingSecret }}
- name: READFLEET_AZURE_QUEUE_CONNECTION_STRING
  valueFrom:
    secretKeyRef:
      name: {{ .queueAccount.existingSecret }}
      key: {{ .queueAccount.connectionStringKey }}
{{- end }}
{{- with .webhooks }}
{{- if .hosts }}
- name: READFLEET_WEBHOOK_HOSTS
  value: {{ join "," .hosts | quote }}
- name: READFLEET_WEBHOOK_ALLOWED_NETWORKS
  value: {{ join "," .allowedNetworks | quote }}
- name: READFLEET_WEBHOOK_SECRET
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: {{ .secretKey }}
{{- end }}
{{- end }}
{{- end -}}
{{- end }}
