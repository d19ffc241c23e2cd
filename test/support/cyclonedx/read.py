# Reads a bill of materials with CycloneDX's own library: against the schema, strictly, and as data.
# Prints the components, one a line: scope, type, name, version, package URL and licences.
import json
import sys

from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from license_expression import get_spdx_licensing

with open(sys.argv[1]) as file:
    text = file.read()
error = JsonStrictValidator(SchemaVersion.V1_5).validate_str(text)
if error:
    sys.exit(f"not CycloneDX 1.5: {error}")
bom = Bom.from_json(json.loads(text))
# What depends on something that is not listed is an error.
bom.validate()
spdx = get_spdx_licensing()
for component in bom.components:
    licences = [licence.value if hasattr(licence, "value") else licence.id for licence in component.licenses]
    for licence in licences:
        spdx.parse(licence, validate=True, strict=True)
    fields = [component.scope.value, component.type.value, component.name, component.version]
    print("\t".join(fields + [str(component.purl or ""), " ".join(licences)]))
