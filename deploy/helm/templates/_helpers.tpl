{{- define "redline.labels" -}}
app.kubernetes.io/name: redline
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "redline.selector" -}}
app.kubernetes.io/name: redline
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "redline.env" -}}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.secret }}, key: database-url } }
- name: REDLINE_ENCRYPTION_KEY
  valueFrom: { secretKeyRef: { name: {{ .Values.secret }}, key: encryption-key } }
- name: TEMPORAL_ADDRESS
  value: {{ .Values.temporal.address | quote }}
- name: TEMPORAL_NAMESPACE
  value: {{ .Values.temporal.namespace | quote }}
{{- with .Values.temporal.uiUrl }}
- name: TEMPORAL_UI_URL
  value: {{ . | quote }}
{{- end }}
- name: REDLINE_METRICS_LISTEN
  value: 0.0.0.0:9464
{{- with .Values.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "redline.securityContext" -}}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
{{- end }}
