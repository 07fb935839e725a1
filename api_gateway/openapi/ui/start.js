"use strict";

const element = document.getElementById("documents");

SwaggerUIBundle({
  domNode: element,
  urls: JSON.parse(element.dataset.documents),
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: "StandaloneLayout",
  tryItOutEnabled: true,
  deepLinking: true,
  // The badge would have a service in the internet fetch the document.
  validatorUrl: null,
});
