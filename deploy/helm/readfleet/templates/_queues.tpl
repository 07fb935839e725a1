{{/* The languages that pools name, whose pages have queues of their own, as a YAML list. */}}
{{- define "readfleet.languages" -}}
{{- $languages := list -}}
{{- range .Values.worker.pools -}}
{{- $languages = concat $languages (ternary .languages $.Values.worker.languages (hasKey . "languages")) -}}
{{- end -}}
{{- without (uniq $languages) "other" | sortAlpha | toYaml -}}
{{- end }}

{{/* The languages of a pool; `other` stands for those that no pool names. */}}
{{- define "readfleet.ownLanguages" -}}
{{- default (list "other") .languages | toYaml -}}
{{- end }}

{{/* What the broker calls the hash of what workers of a pool have been given. */}}
{{- define "readfleet.inHand" -}}
{{- $languages := include "readfleet.ownLanguages" . | fromYamlArray -}}
{{- if has "other" $languages -}}unacked{{- else -}}unacked-{{ first $languages }}{{- end -}}
{{- end }}

{{/* The names of the queues that a pool takes from. */}}
{{- define "readfleet.queues" -}}
{{- $names := list -}}
{{- $queues := .queues -}}
{{- range $language := include "readfleet.ownLanguages" . | fromYamlArray -}}
{{- range $queues -}}
{{- $names = append $names (ternary . (printf "%s-%s" . $language) (eq $language "other")) -}}
{{- end -}}
{{- end -}}
{{- toYaml $names -}}
{{- end }}
