{{/* A CPU quantity in thousandths of a core. */}}
{{- define "readfleet.milliCpu" -}}
{{- $text := toString . -}}
{{- if hasSuffix "m" $text -}}
{{- trimSuffix "m" $text | int -}}
{{- else -}}
{{- mulf (float64 $text) 1000 | int -}}
{{- end -}}
{{- end }}

{{/* A memory quantity in MiB, rounded down. */}}
{{- define "readfleet.mebibytes" -}}
{{- $text := include "readfleet.scalar" . -}}
{{- $number := regexFind "^[0-9.]+" $text | float64 -}}
{{- $bytes := dict "" 1.0 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- $unit := regexReplaceAll "^[0-9.]+" $text "" -}}
{{- if not (hasKey $bytes $unit) -}}
{{- fail (printf "%s is no amount of memory that this chart understands. Write it as 4Gi or 4096Mi." $text) -}}
{{- end -}}
{{- divf (mulf $number (get $bytes $unit)) 1048576.0 | int64 -}}
{{- end }}

{{/* A value as text: whole numbers without an exponent, lists joined by commas. */}}
{{- define "readfleet.scalar" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- int64 . -}}
{{- else if kindIs "slice" . -}}
{{- join "," . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end }}

{{/* The pools as a YAML list: the defaults with what each pool sets, and the concurrency that its resources allow. */}}
{{- define "readfleet.pools" -}}
{{- $pools := list -}}
{{- range $each := .Values.worker.pools -}}
{{- $pool := mergeOverwrite (omit (deepCopy $.Values.worker) "pools") $each -}}
{{- $image := default dict $each.image -}}
{{- $_ := set $pool "image" (merge (deepCopy $image) $.Values.images.worker) -}}
{{- if and $image.tag (not $image.digest) -}}
{{- $_ := set $pool.image "digest" "" -}}
{{- end -}}
{{- $_ := set $pool "concurrency" (include "readfleet.concurrency" $pool | int) -}}
{{- $_ := set $pool "tmpSize" (include "readfleet.tmpSize" (dict "root" $ "owner" (printf "Pool %s" $pool.name) "files" $pool.concurrency "tmpSize" $pool.tmpSize)) -}}
{{- $pools = append $pools $pool -}}
{{- end -}}
{{- toYaml $pools -}}
{{- end }}

{{/* "true" if KEDA looks into Redis for a pool. */}}
{{- define "readfleet.askedByKeda" -}}
{{- range (include "readfleet.pools" . | fromYamlArray) -}}
{{- if and .keda.enabled (eq .keda.source "redis") }}true{{ end -}}
{{- end -}}
{{- end }}

{{/* Pages that a worker of a pool reads at once. Refuses what its resources do not allow. */}}
{{- define "readfleet.concurrency" -}}
{{- $limits := default dict .resources.limits -}}
{{- $requests := default dict .resources.requests -}}
{{- $cpu := default $requests.cpu $limits.cpu -}}
{{- if not $cpu -}}
{{- fail (printf "Pool %s: neither limits nor requests say how many cores a worker has. Set resources.limits.cpu." .name) -}}
{{- end -}}
{{- if not $limits.memory -}}
{{- fail (printf "Pool %s: without resources.limits.memory one worker could take a whole node's memory. Set it, 4Gi for two pages at once." .name) -}}
{{- end -}}
{{- if and $requests.cpu (gt (include "readfleet.milliCpu" $requests.cpu | int) (include "readfleet.milliCpu" $cpu | int)) -}}
{{- fail (printf "Pool %s: resources.requests.cpu (%s) is above resources.limits.cpu (%s). Set both." .name (toString $requests.cpu) (toString $cpu)) -}}
{{- end -}}
{{- if and $requests.memory (gt (include "readfleet.mebibytes" $requests.memory | int) (include "readfleet.mebibytes" $limits.memory | int)) -}}
{{- fail (printf "Pool %s: resources.requests.memory (%s) is above resources.limits.memory (%s). Set both." .name (toString $requests.memory) (toString $limits.memory)) -}}
{{- end -}}
{{- $threads := int .threads -}}
{{- $milli := include "readfleet.milliCpu" $cpu | int -}}
{{- $byCpu := div $milli (mul $threads 1000) | int -}}
{{- if lt $byCpu 1 -}}
{{- fail (printf "Pool %s: a page needs %d whole core(s) and a worker has %s. Raise resources.limits.cpu, or lower threads." .name $threads (toString $cpu)) -}}
{{- end -}}
{{- $parent := 256 -}}
{{- $child := include "readfleet.mebibytes" .memoryPerChild | int -}}
{{- if lt $child 1024 -}}
{{- fail (printf "Pool %s: memoryPerChild (%s) is less than a child may be kept to. Make it 1Gi or more." .name (toString .memoryPerChild)) -}}
{{- end -}}
{{- $memory := include "readfleet.mebibytes" $limits.memory | int -}}
{{- $byMemory := div (sub $memory $parent) $child | int -}}
{{- if lt $byMemory 1 -}}
{{- fail (printf "Pool %s: a worker has %d MiB, and one that reads a page at a time needs %d. Raise resources.limits.memory." .name $memory (add $parent $child)) -}}
{{- end -}}
{{- if .concurrency -}}
{{- $wanted := int .concurrency -}}
{{- if gt $wanted $byCpu -}}
{{- fail (printf "Pool %s: %d pages at once with %d thread(s) each need %d cores, and a worker has %s. Raise resources.limits.cpu, or lower concurrency." .name $wanted $threads (mul $wanted $threads) (toString $cpu)) -}}
{{- end -}}
{{- if gt $wanted $byMemory -}}
{{- fail (printf "Pool %s: %d pages at once need %d MiB, and a worker has %d. Raise resources.limits.memory, or lower concurrency." .name $wanted (add $parent (mul $wanted $child)) $memory) -}}
{{- end -}}
{{- $wanted -}}
{{- else -}}
{{- min $byCpu $byMemory -}}
{{- end -}}
{{- end }}

{{/*
Most memory that a child may hold, in bytes: what its parent and the other children, with their share each, leave of the
container. A page in need of more fails alone. There is no other reserve: the parent takes a third of its 256 MiB, and of
what a child holds some 120 MiB are files, which the container can give back.
*/}}
{{- define "readfleet.childBytes" -}}
{{- $others := mul (sub .concurrency 1) (include "readfleet.mebibytes" .memoryPerChild | int) -}}
{{- $left := sub (include "readfleet.mebibytes" .resources.limits.memory | int) (add 256 $others) -}}
{{- mul (min 4096 $left) 1048576 -}}
{{- end }}

{{/*
Room for temporary files. Takes a dict: root, owner, tmpSize, and files, by how many of the largest documents the copies may
exceed their limit.
*/}}
{{- define "readfleet.tmpSize" -}}
{{- $needed := 1024 -}}
{{- if eq .root.Values.documents.store "azureBlob" -}}
{{- $cache := default 2147483648 .root.Values.settings.documents_cache_bytes | int64 -}}
{{- $largest := default 524288000 .root.Values.settings.max_file_bytes | int64 -}}
{{- $needed = add 1024 (div (add $cache (mul $largest .files)) 1048576) | int -}}
{{- end -}}
{{- if and .tmpSize (lt (include "readfleet.mebibytes" .tmpSize | int) $needed) -}}
{{- fail (printf "%s: tmpSize (%s) is too small: temporary files and copies of documents may take %d MiB. Raise it or leave it out, or lower settings.documents_cache_bytes or max_file_bytes." .owner .tmpSize $needed) -}}
{{- end -}}
{{- default (printf "%dMi" $needed) .tmpSize -}}
{{- end }}
