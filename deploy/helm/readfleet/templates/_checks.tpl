{{/* Refuses values that cannot work, each with what to do about it. */}}
{{- define "readfleet.checks" -}}
{{- with .Values.settings -}}
{{- if ge (int .page_soft_limit_s) (int .page_hard_limit_s) -}}
{{- fail (printf "settings.page_soft_limit_s (%d) must be below page_hard_limit_s (%d)." (int .page_soft_limit_s) (int .page_hard_limit_s)) -}}
{{- end -}}
{{- end -}}

{{- $names := list -}}
{{- range .Values.worker.pools -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- if ne (len $names) (len (uniq $names)) -}}
{{- fail (printf "Two pools have the same name: %s. Give each its own." (join ", " $names)) -}}
{{- end -}}
{{- $taken := list -}}
{{- range (include "readfleet.pools" . | fromYamlArray) -}}
{{- if and (ne .cpuFeatures.mode "none") (hasKey .affinity "nodeAffinity") -}}
{{- fail (printf "Pool %s: cpuFeatures and affinity.nodeAffinity would both choose nodes. Set cpuFeatures.mode to none, and add the feature labels to the affinity." .name) -}}
{{- end -}}
{{- if or .keda.enabled .replicas -}}
{{- $taken = concat $taken (include "readfleet.queues" . | fromYamlArray) -}}
{{- end -}}
{{- if .keda.enabled -}}
{{- if eq .keda.source "prometheus" -}}
{{- if not (has "other" (include "readfleet.ownLanguages" . | fromYamlArray)) -}}
{{- fail (printf "Pool %s: Prometheus knows of no pages that are read in its languages only, and would have it scaled by those of all. Set keda.source to redis." .name) -}}
{{- end -}}
{{- if not .keda.prometheus.serverAddress -}}
{{- fail (printf "Pool %s: keda.source is prometheus. Say in keda.prometheus.serverAddress where it is." .name) -}}
{{- else if not (or $.Values.metrics.serviceMonitor.enabled .keda.prometheus.selector) -}}
{{- fail (printf "Pool %s: Prometheus is asked for metrics that nobody collects. Enable metrics and metrics.serviceMonitor, or say in keda.prometheus.selector which series are this fleet's." .name) -}}
{{- end -}}
{{- end -}}
{{- if gt (int .keda.minReplicas) (int .keda.maxReplicas) -}}
{{- fail (printf "Pool %s: keda.minReplicas (%d) is above keda.maxReplicas (%d)." .name (int .keda.minReplicas) (int .keda.maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $labels := list .Values.commonLabels .Values.serviceAccount.labels -}}
{{- range concat (include "readfleet.pools" . | fromYamlArray) (list .Values.gateway .Values.sweeper .Values.drop .Values.valkey) -}}
{{- $labels = append $labels .podLabels -}}
{{- end -}}
{{- range $each := $labels -}}
{{- range $key, $_ := $each -}}
{{- if regexMatch "^(app\\.kubernetes\\.io/(name|instance|component|version|managed-by|part-of)|helm\\.sh/chart|readfleet/.*|azure\\.workload\\.identity/use)$" $key -}}
{{- fail (printf "The label %s is the chart's own. Leave it out of commonLabels, podLabels and serviceAccount.labels." $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $languages := include "readfleet.languages" . | fromYamlArray -}}
{{- range $language := prepend $languages "other" -}}
{{- $whose := ternary "" (printf " that has %s in its languages" $language) (empty $languages) -}}
{{- range $queue := include "readfleet.queues" (dict "queues" (list "interactive" "batch") "languages" (list $language)) | fromYamlArray -}}
{{- if and $taken (not (has $queue $taken)) -}}
{{- fail (printf "No pool takes pages from the queue %s, where some documents would wait for ever. Add %s to worker.pools[].queues of one%s." $queue (splitList "-" $queue | first) $whose) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- with .Values.gateway -}}
{{- if and .autoscaling.enabled (gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) -}}
{{- fail (printf "gateway.autoscaling.minReplicas (%d) is above maxReplicas (%d)." (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if and .autoscaling.enabled (not (dig "requests" "cpu" "" .resources)) -}}
{{- fail "The gateway is to be scaled by CPU, of which gateway.resources.requests.cpu says nothing. Set it." -}}
{{- end -}}
{{- if and .ingress.enabled (not .ingress.hosts) -}}
{{- fail "gateway.ingress.enabled needs at least one name in gateway.ingress.hosts." -}}
{{- end -}}
{{- if and .httpRoute.enabled (not .httpRoute.parentRefs) -}}
{{- fail "gateway.httpRoute.enabled needs the gateway it belongs to in gateway.httpRoute.parentRefs." -}}
{{- end -}}
{{- end -}}

{{- with .Values.metrics -}}
{{- if and (not .enabled) (or .serviceMonitor.enabled .prometheusRule.enabled) -}}
{{- fail "metrics.serviceMonitor and metrics.prometheusRule need metrics.enabled, which opens the port that is scraped." -}}
{{- else if and .prometheusRule.enabled (not .serviceMonitor.enabled) -}}
{{- fail "metrics.prometheusRule looks at what metrics.serviceMonitor finds. Enable that as well." -}}
{{- else if and .enabled (eq (toString $.Values.settings.metrics) "false") -}}
{{- fail "metrics.enabled and settings.metrics contradict each other. Leave settings.metrics out." -}}
{{- else if and .enabled (eq (int .port) 5000) -}}
{{- fail "metrics.port is the gateway's own port, 5000. Choose another." -}}
{{- end -}}
{{- end -}}

{{- with .Values.externalRedis -}}
{{- if $.Values.valkey.enabled -}}
{{- if or .host .urlKey .sentinel.addresses -}}
{{- fail "externalRedis is set, and so is valkey.enabled. Set valkey.enabled to false to use the external one." -}}
{{- end -}}
{{- else if not (or .host .urlKey .sentinel.addresses) -}}
{{- fail "Without valkey.enabled a Redis or Valkey is needed. Set externalRedis.host, sentinel.addresses, or existingSecret and urlKey." -}}
{{- else if and .sentinel.addresses (or .host .urlKey) -}}
{{- fail "externalRedis.sentinel.addresses say where the server is found. Leave out externalRedis.host and urlKey." -}}
{{- else if and .urlKey (not .existingSecret) -}}
{{- fail "externalRedis.urlKey needs externalRedis.existingSecret, the secret that holds the URL." -}}
{{- else if and (include "readfleet.askedByKeda" $) (not (or .host .sentinel.addresses)) -}}
{{- fail "KEDA looks into Redis by itself and takes no URL. Set externalRedis.host and port as well." -}}
{{- else if and .sentinel.existingSecret (not .sentinel.addresses) -}}
{{- fail "externalRedis.sentinel.existingSecret is of no use without externalRedis.sentinel.addresses." -}}
{{- else if and .tls.caSecret (not .tls.enabled) -}}
{{- fail "externalRedis.tls.caSecret is of no use without externalRedis.tls.enabled." -}}
{{- end -}}
{{- end -}}

{{- with .Values.drop -}}
{{- if .enabled -}}
{{- $own := $.Values.documents.azureBlob.container -}}
{{- if ne $.Values.documents.store "azureBlob" -}}
{{- fail "drop.enabled watches a container of Azure Blob Storage, and no account is configured. Set documents.store to azureBlob and say in documents.azureBlob how to reach the account; folders are not watched in a cluster." -}}
{{- else if not .container -}}
{{- fail "drop.enabled needs the blob container that is to be watched in drop.container." -}}
{{- else if or (eq .container $own) (eq .resultsContainer $own) -}}
{{- fail (printf "%s is the container of uploads (documents.azureBlob.container). Choose others for drop.container and drop.resultsContainer." $own) -}}
{{- else if and .queueAccount.existingSecret (not (or .queue .noticesQueue)) -}}
{{- fail "drop.queueAccount.existingSecret is of no use without drop.queue or drop.noticesQueue." -}}
{{- else if and .webhooks.hosts (not .webhooks.existingSecret) -}}
{{- fail "Webhooks are signed: put whsec_ and the base64 of 32 random bytes into a secret, and name it in drop.webhooks.existingSecret." -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $heartbeat := include "readfleet.heartbeatEnvironment" . | fromYamlArray -}}
{{- $extras := dict "gateway" .Values.gateway.extraEnv "sweeper" (concat $heartbeat .Values.sweeper.extraEnv) -}}
{{- range (include "readfleet.pools" . | fromYamlArray) -}}
{{- $own := include "readfleet.workerEnvironment" (dict "root" $ "pool" .) | fromYamlArray -}}
{{- $_ := set $extras (printf "worker of pool %s" .name) (concat $own .extraEnv) -}}
{{- end -}}
{{- if .Values.drop.enabled -}}
{{- $_ := set $extras "drop" (concat $heartbeat (include "readfleet.dropEnvironment" . | fromYamlArray) .Values.drop.extraEnv) -}}
{{- end -}}
{{- range $component, $extra := $extras -}}
{{- $names := list -}}
{{- range (include "readfleet.environment" (dict "root" $ "extra" $extra) | fromYamlArray) -}}
{{- if has .name $names -}}
{{- fail (printf "The %s would get the variable %s twice. Set it in one place only: extraEnv, or the value that it comes from." $component .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}

{{- if eq .Values.documents.store "azureBlob" -}}
{{- with .Values.documents.azureBlob -}}
{{- if and .workloadIdentity.enabled .existingSecret -}}
{{- fail "documents.azureBlob has both a secret and workload identity. Keep one." -}}
{{- else if and .workloadIdentity.enabled (not (and .accountUrl .workloadIdentity.clientId)) -}}
{{- fail "Workload identity needs documents.azureBlob.accountUrl and workloadIdentity.clientId." -}}
{{- else if not (or .existingSecret .accountUrl) -}}
{{- fail "documents.store is azureBlob: set documents.azureBlob.existingSecret, or accountUrl with workloadIdentity." -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
