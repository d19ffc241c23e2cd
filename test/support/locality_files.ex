defmodule Numplan.LocalityFiles do
  @moduledoc """
  Made-up files about codes and blocks, in every layout: the same codes, held by the same company in the same place.

  No code in them is anybody's: companies, OCNs and rate centres are invented.
  """

  @layouts [:co_codes, :blocks, :commercial, :nalennd, :lerg_6, :cnac, :headerless]

  @doc "The layouts."
  def layouts, do: @layouts

  @doc "Writes a file of about `rows` rows of a layout, and gives its path."
  def write(folder, layout, rows) do
    path = Path.join(folder, "#{layout}.txt")
    header = header(layout)
    lines = for row <- 0..(rows - 1), do: [line(layout, row), ?\n]
    File.write!(path, [if(header, do: [header, ?\n], else: []), lines])
    path
  end

  @doc "The companies of the files, as LERG 1 lists them."
  def write_companies(folder) do
    path = Path.join(folder, "companies.txt")

    lines =
      for number <- 0..99, do: "#{ocn(number)},COMPANY #{number} DBA NAME #{number},C#{number},CA,CLEC,#{ocn(number)}\n"

    File.write!(path, ["OCN_NUM,OCN_NAME,ABBRE_OCN_NAME,OCN_STATE,CATEGORY,OVERALL_OCN\n", lines])
    path
  end

  @doc "The OCN that the files give the code of a row."
  def ocn(row), do: "9" <> (row |> rem(100) |> Integer.to_string() |> String.pad_leading(3, "0"))

  @doc "Area code and code of a row, from 200-200 on."
  def code(row), do: {Integer.to_string(200 + div(row, 800)), Integer.to_string(200 + rem(row, 800))}

  defp header(:co_codes),
    do:
      "State\tNPA-NXX\tOCN\tCompany\tRateCenter\tEffectiveDate\tUse\tAssignDate\tInitial/Growth\tPooled Code\tIn Service\tFile Updated 07/06/2026"

  defp header(:blocks),
    do:
      "Region,State,NPA,NXX,X,STATUS,Code Holder,Contaminated (Y or N),Contaminated TNs not Available for Assignment,Rate Center," <>
        "Block Effective Date,Block Available Date,Assigned To,OCN,Date Assigned"

  defp header(:commercial),
    do:
      "NPA,NXX,CountyPop,ZipCodeCount,ZipCodeFreq,Latitude,Longitude,State,City,County,TimeZone,ObservesDST,NXXUseType,NXXIntroVersion," <>
        "ZipCode,NPANew,FIPS,LATA,Overlay,RateCenter,SwitchCLLI,MSA_CBSA,MSA_CBSA_CODE,OCN,Company,CoverageAreaName,NPANXX,Flags,Status,WeightedLat,WeightedLon"

  defp header(:nalennd), do: "NPA,NXX,BLOCK_ID,TBP_IND,LATA,LTYPE,CONTAM,STATE,COUNTRY,WC,WCV,WCH,SWITCH,RC,OCN,ZIP"

  defp header(:lerg_6),
    do:
      "LATA,LATA_NAME,STATUS,EFF_DATE,NPA,NXX,BLOCK_ID,filler,COC_TYPE,SSC,DIND,TD_EO,TD_AT,PORTABLE,AOCN,filler,OCN,LOC_NAME,LOC," <>
        "LOC_STATE,RC_ABBRE,RC_TY,LINE_FR,LINE_TO,SWITCH"

  defp header(:cnac), do: "NPA,CO Code (NXX),Status,Pooled,Exchange Area,Province,Company,OCN,Remarks"
  defp header(:headerless), do: nil

  # Blocks and postal codes take several rows for each code.
  defp line(:blocks, row) do
    {npa, nxx} = code(div(row, 10))
    ocn = ocn(div(row, 10))

    "WEST,CA,#{npa},#{nxx},#{rem(row, 10)},AS,#{ocn},N,,CORTE MADERA,,,\"COMPANY #{company(ocn)} DBA NAME #{company(ocn)}\",#{ocn},"
  end

  defp line(:commercial, row) do
    {npa, nxx} = code(div(row, 2))
    ocn = ocn(div(row, 2))

    "#{npa},#{nxx},1,10,#{50 - rem(row, 2)},37.9255,-122.5275,CA,Corte Madera,Marin,8,Y,L,,#{94_925 + rem(row, 2)},,1,722,,CORTE MADERA," <>
      "AAAACAAADS0,,,#{ocn},COMPANY #{company(ocn)} DBA NAME #{company(ocn)},X,#{npa}#{nxx},,,,"
  end

  defp line(layout, row) do
    {npa, nxx} = code(row)
    line(layout, npa, nxx, ocn(row))
  end

  defp line(:co_codes, npa, nxx, ocn),
    do: "CA\t#{npa}-#{nxx} \t#{ocn}\t\"COMPANY #{company(ocn)} DBA NAME #{company(ocn)}\"\tCORTE MADERA\t\tAS\t\t\t\t\t"

  defp line(:nalennd, npa, nxx, ocn),
    do: "#{npa},#{nxx},A,N,722,L,N,CA,USA,,,,AAAACAAADS0,CORTE MADERA,#{ocn},94925;94926"

  defp line(:lerg_6, npa, nxx, ocn),
    do: "722,SAN FRAN,,,#{npa},#{nxx},A,,EOC,N,,,,Y,#{ocn},,#{ocn},CORTE MADERA,,CA,CORTE MADERA,,0000,9999,AAAACAAADS0"

  defp line(:cnac, npa, nxx, ocn),
    do: "#{npa},#{nxx},In Service,N,Corte Madera,CA,COMPANY #{company(ocn)} DBA NAME #{company(ocn)},#{ocn},"

  defp line(:headerless, npa, nxx, _ocn), do: "#{npa},#{nxx},Corte Madera,CA"

  defp company("9" <> number), do: String.to_integer(number)
end
